"""The uploader: files dropped in the browser go to our own route, with progress, two at a time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from components.assets import build

if TYPE_CHECKING:
    from core.library import Library

_uploader: Final = build(
    "uploader",
    "shared/dom.js",
    "uploader/queue.js",
    "uploader/drop.js",
    "uploader/uploader.js",
    css=("shared/base.css", "uploader/uploader.css"),
)


def uploader(
    library: Library,
    *,
    category: str | None = None,
    tags: tuple[str, ...] = (),
    recorded_on: date | None = None,
    fit: bool | None = None,
    key: str = "uploader",
) -> bool:
    """Draw the drop area; return whether a file has arrived since the last run.

    What is said here about category, tags, date and copies that fit goes with every file that is
    dropped from now on.
    """
    answer = _uploader(
        key=key,
        data={
            "upload_url": library.upload_link(),
            "subtitles_url": library.subtitles_upload_link(),
            "category": category or None,
            "tags": list(tags),
            "recorded_at": f"{recorded_on.isoformat()}T00:00:00+00:00" if recorded_on else None,
            "fit": fit,
        },
        on_arrived_change=_nothing,
        on_expired_change=_nothing,
    )
    return bool(answer.arrived)


def _nothing() -> None:
    """A trigger needs a callback; running the page again is all that it has to do."""
