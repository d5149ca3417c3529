"""The library that pages work with: handed over once, when the application starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import CuepointError

if TYPE_CHECKING:
    from core.library import Library

_held: Library | None = None
_problem = "Cuepoint is still starting, or has been stopped. Reload this page in a moment."


def set_library(library: Library | None) -> None:
    """Make this the library of every page; None lets go of it when the application ends."""
    global _held
    _held = library


def set_problem(sentence: str) -> None:
    """Say why there is no library; pages show it in its place."""
    global _problem
    _problem = sentence


def library() -> Library:
    """Return the library. Raises: CuepointError that says why there is none."""
    if _held is None:
        raise CuepointError(_problem)
    return _held
