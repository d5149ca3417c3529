"""What is too dear to make for every module: made once for all workers of a run, and copied to work in."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import expect

from core.config import Settings
from core.layout import Layout
from core.library import open_library
from tests import serving
from tests.e2e.watching import position, wait_for

_NOTE = "journey.json"


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first of all workers had filled; the others wait until it is there."""
    own = folders.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / name
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            draft = shared / f"{name}.draft"
            # What is left of a making that failed is made anew.
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(folder)
    return folder


@dataclass(frozen=True)
class DemoJourney:
    """What came of three clicks on the pages of an empty library."""

    clicks: tuple[str, ...]
    ready: str
    """What the page said of the videos before the second click."""
    first_card: str
    playing_at_s: float


@dataclass(frozen=True)
class DemoLibrary:
    """A data folder with the demo clips, all indexed. Nobody opens it: `copied` gives one to work in."""

    folder: Path

    def copied(self, data: Path) -> Path:
        """Copy it; its films lead into the copy, as after a restore."""
        shutil.copytree(self.folder / "data", data)
        layout = Layout(data)
        with closing(sqlite3.connect(layout.root / "catalog.sqlite")) as catalog, catalog:
            films = catalog.execute("SELECT path FROM video_paths").fetchall()
            moved = [(str(layout.originals / Path(path).name), path) for (path,) in films]
            catalog.executemany("UPDATE video_paths SET path = ? WHERE path = ?", moved)
        assert all(Path(path).exists() for path, _ in moved)
        return data

    @property
    def journey(self) -> DemoJourney | None:
        """How it was filled, in a browser; None where there is none and it was filled without."""
        note = self.folder / _NOTE
        if not note.exists():
            return None
        told = json.loads(note.read_text())
        return DemoJourney(**told | {"clicks": tuple(told["clicks"])})


def demo_library(folders: pytest.TempPathFactory, browser: Any | None) -> DemoLibrary:
    """Return the demo library of this run: by three clicks where there is a browser, else by a call."""
    if browser is None:
        return DemoLibrary(made_once(folders, "demo library", _fill))
    return DemoLibrary(made_once(folders, "demo library", lambda folder: _fill_by_clicks(folder, browser)))


def _fill(folder: Path) -> None:
    with open_library(Settings(_env_file=None, data_dir=folder / "data", engine="preview")) as library:
        library.add_demo()
        library.wait(timeout_s=240)


def _fill_by_clicks(folder: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    clicks: list[str] = []

    def click(name: str, wanted: Any) -> None:
        clicks.append(name)
        wanted.click()

    try:
        with serving.serving(folder / "data") as served:
            page.goto(served.url)
            click("fill", page.get_by_role("button", name="Fill with demo clips"))
            example = page.get_by_role("button", name="fire", exact=True)
            expect(example).to_be_visible(timeout=180_000)
            # The person may wait for the videos to become ready; it is no click.
            ready = page.get_by_text("6 videos ready to search")
            expect(ready).to_be_visible(timeout=180_000)
            said = ready.inner_text()
            click("example", example)
            card = page.locator("a.play").first
            expect(card).to_be_visible()
            first_card = card.inner_text()
            click("card", card)
            wait_for(page, "!v.paused && v.currentTime > 0.2 && v.readyState >= 2")
            journey = DemoJourney(tuple(clicks), said, first_card, position(page))
    finally:
        page.context.close()
    (folder / _NOTE).write_text(json.dumps(asdict(journey)))
