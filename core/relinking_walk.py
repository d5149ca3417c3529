"""Walking through a folder that may be anything: huge, full of links, partly closed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Passed:
    """A regular file, or a place that may not be read (then there is no path)."""

    path: Path | None
    size_bytes: int = 0


def walk(folder: Path, allowed: Callable[[str], bool], skipped: Callable[[str], bool]) -> Iterator[Passed]:
    """Give every file below a folder, each folder once, however many links lead to it.

    A link is followed where ``allowed`` says so of the place it leads to; folders that are ``skipped`` are
    left out. Both get a path without links. What vanishes meanwhile is passed over.
    """
    waiting = [str(folder)]
    visited: set[tuple[int, int]] = set()
    while waiting:
        here = waiting.pop()
        try:
            details = os.stat(here)
            identity = (details.st_dev, details.st_ino)
            if identity in visited or skipped(os.path.realpath(here)):
                continue
            visited.add(identity)
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError:
            yield Passed(None)
            continue
        folders: list[str] = []
        for entry in entries:
            try:
                if entry.is_symlink() and not allowed(os.path.realpath(entry.path)):
                    continue
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.is_file():
                    yield Passed(Path(entry.path), entry.stat().st_size)
            except FileNotFoundError:
                continue
            except OSError:
                # A ring of links, or a file that may not even be looked at.
                yield Passed(None)
        # The last in is the first out: folders are gone through in the order of their names.
        waiting.extend(reversed(folders))
