"""The button that copies the page's address: whoever opens it sees the same search."""

from __future__ import annotations

from typing import Final

from components.assets import build

_copy_link: Final = build(
    "copy_link",
    "shared/dom.js",
    "shared/clipboard.js",
    "copy_link/copy_link.js",
    css=("shared/base.css", "copy_link/copy_link.css"),
)


def copy_link(
    *,
    has_upload: bool,
    key: str = "copy_link",
    title: str = "Copy a link that opens this very search",
) -> None:
    """Draw the button. With an uploaded sample it says for how long the link works."""
    note = "Opens the same search for as long as this server keeps the uploaded sample." if has_upload else ""
    _copy_link(key=key, data={"note": note, "title": title}, width="content")
