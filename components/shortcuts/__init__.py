"""Keys that act on the whole page."""

from __future__ import annotations

from typing import Final

from components.assets import build

_shortcuts: Final = build("shortcuts", "shared/dom.js", "shortcuts/shortcuts.js", css=())


def slash_focuses(field: str, *, focus: tuple[str, int] | None = None, key: str = "shortcuts") -> None:
    """Let the key ``/`` put the cursor into the text field with this widget key.

    ``focus`` puts it into another field now: a widget key, and a number that is new each time.
    """
    _shortcuts(key=key, data={"field": field, "focus": list(focus) if focus else None})
