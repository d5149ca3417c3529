"""The library that pages work with, and the door before them: handed over when the application starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.identity import OpenDoor, ShutDoor, SignInDoor
from core.errors import CuepointError

if TYPE_CHECKING:
    from core.library import Library

_held: Library | None = None
_door: OpenDoor | ShutDoor | SignInDoor = OpenDoor()
_problem = CuepointError("Cuepoint is still starting, or has been stopped. Reload this page in a moment.")


def set_library(library: Library | None) -> None:
    """Make this the library of every page; None lets go of it when the application ends."""
    global _held
    _held = library


def set_problem(problem: CuepointError) -> None:
    """Say why there is no library; pages show it in its place."""
    global _problem
    _problem = problem


def library() -> Library:
    """Return the library. Raises: CuepointError that says why there is none."""
    if _held is None:
        raise _problem.with_traceback(None)
    return _held


def index_answers() -> bool:
    """Return whether there is a library whose search index answers."""
    return _held is not None and _held.status().index_ready


def set_door(made: OpenDoor | ShutDoor | SignInDoor) -> None:
    """Make this what decides who may enter; before there is a library, there is nothing to enter."""
    global _door
    _door = made


def door() -> OpenDoor | ShutDoor | SignInDoor:
    """Return what decides who may enter."""
    return _door
