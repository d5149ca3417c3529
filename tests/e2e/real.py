"""The real application in a process of its own, and what a person sees of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.watching import video

SMALL = (64, 36)


def drop(page: Any, url: str, files: list[Path]) -> None:
    """Give files to the uploader as one drop, and wait until each has its outcome."""
    page.goto(f"{url}/library")
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    page.get_by_label("Choose video files").set_input_files(files)
    expect(page.get_by_text(f"{len(files)} of {len(files)} finished")).to_be_visible(timeout=120_000)


def outcome(page: Any, name: str) -> str:
    """Return what the uploader says about one file of the drop."""
    row = page.locator(".item").filter(has=page.get_by_text(name, exact=True))
    return str(row.first.inner_text())


def picture_on_screen(page: Any) -> NDArray[np.float64]:
    """Return the frame that the player shows, small and grey, (36, 64)."""
    encoded = video(page).evaluate(
        """v => { const c = document.createElement('canvas');
        [c.width, c.height] = [v.videoWidth, v.videoHeight];
        c.getContext('2d').drawImage(v, 0, 0); return c.toDataURL('image/png').split(',')[1]; }"""
    )
    import base64

    return small(Image.open(io.BytesIO(base64.b64decode(encoded))))


def small(picture: Image.Image) -> NDArray[np.float64]:
    """Return a picture in the form that `picture_on_screen` has."""
    return np.asarray(picture.convert("L").resize(SMALL, Image.Resampling.BOX), np.float64)


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mean difference of two pictures in grey levels."""
    return float(np.abs(one - other).mean())
