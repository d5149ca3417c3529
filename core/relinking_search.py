"""One look through a folder: which of the files in it are the ones that videos lack.

A file is looked at closely only where its size is a missing video's. Those that also have its name come
first, and its content decides: a video's id is its SHA-256, and under a wrong file every time would lie.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from core.errors import InputRefused, MediaError
from core.indexing.ports import HashFile
from core.model import Video
from core.relinking_walk import Passed, walk

MOST_FILES: Final = 2_000_000
"""A folder is looked through as far as this many files."""
MOST_COMPARED: Final = 200
"""Files that are read in vain for one size; some cameras make every file equally large."""
_MOST_NOTED: Final = 20_000
_TELL_EVERY: Final = 250


class Teller(Protocol):
    """Takes the fields of a `RelinkRun` that changed; raises `Cancelled` when somebody stopped it."""

    def __call__(self, **changes: object) -> None: ...


class FolderSearch:
    """Looks for the files of some videos; one object a run, used by one thread."""

    def __init__(
        self,
        videos: Sequence[Video],
        *,
        allowed: Callable[[str], bool],
        skipped: Callable[[str], bool],
        hash_file: HashFile,
        link: Callable[[Video, Path], bool],
        tell: Teller,
    ) -> None:
        self._left = {video.sha256: video for video in videos}
        self._names = {video.id: names_of(video) for video in videos}
        self._named: dict[str, list[Video]] = defaultdict(list)
        self._sized: dict[int, list[Video]] = defaultdict(list)
        for video in videos:
            self._sized[video.size_bytes].append(video)
            for name in self._names[video.id]:
                self._named[name].append(video)
        self._allowed, self._skipped = allowed, skipped
        self._hash_file, self._link, self._tell = hash_file, link, tell
        self._seen = self._unread = self._untried = 0
        self._found: list[str] = []
        self._other: dict[str, None] = {}
        self._compared: dict[int, int] = defaultdict(int)
        self._tried: set[str] = set()
        self._others: dict[int, list[Path]] = defaultdict(list)
        self._moves: list[tuple[Path, Path]] = []
        self._followed: set[tuple[Path, Path]] = set()

    def look(self, folder: Path) -> None:
        """Look through a folder until all is found or it ends. Raises: Cancelled, CuepointError."""
        for video in list(self._left.values()):
            self._guess(video, folder)
            self._follow()
        for passed in walk(folder, self._allowed, self._skipped):
            if not self._left:
                break
            if passed.path is None:
                self._unread += 1
                continue
            self._seen += 1
            if self._seen % _TELL_EVERY == 0:
                self._say()
            if self._seen > MOST_FILES:
                self._tell(cut_short=True)
                break
            self._pass(passed)
        self._try_others()
        self._say()

    # -- where a file may lie --

    def _guess(self, video: Video, folder: Path) -> None:
        """Try a video's old places below the folder: cheap, and right where a whole folder was moved."""
        for known in video.paths:
            parts = Path(known).parts[1:]
            for tail in (parts[first:] for first in range(len(parts) - 1, -1, -1)):
                self._try_at(folder.joinpath(*tail), video)
                if video.sha256 not in self._left:
                    return

    def _follow(self) -> None:
        """Try the same move on what is still missing: who moved one file often moved its neighbours."""
        while self._moves:
            move = self._moves.pop()
            if move in self._followed:
                continue
            self._followed.add(move)
            before, after = move
            for video in list(self._left.values()):
                for known in map(Path, video.paths):
                    if video.sha256 in self._left and known.is_relative_to(before):
                        self._try_at(after / known.relative_to(before), video)

    def _try_at(self, path: Path, video: Video) -> None:
        try:
            details = path.stat()
        except (OSError, ValueError):
            return
        if stat.S_ISREG(details.st_mode) and details.st_size == video.size_bytes:
            real = os.path.realpath(path)
            if self._allowed(real) and not self._skipped(real):
                self._compare(path, video.size_bytes)

    def _pass(self, passed: Passed) -> None:
        assert passed.path is not None  # noqa: S101 - folders that may not be read were counted before
        # Asked for every file there is, so neither costs more with more missing videos.
        named = [v for v in self._named.get(folded(passed.path.name), ()) if v.sha256 in self._left]
        if any(video.size_bytes == passed.size_bytes for video in named):
            self._compare(passed.path, passed.size_bytes)
            self._follow()
        elif self._wanted(passed.size_bytes):
            noted = self._others[passed.size_bytes]
            if len(noted) < _MOST_NOTED:
                noted.append(passed.path)
            else:
                self._untried += 1
        # What is found after all is taken out of this when it is told.
        self._other.update(dict.fromkeys(video.id for video in named if video.sha256 in self._left))

    def _try_others(self) -> None:
        for size_bytes, paths in self._others.items():
            endings = {
                Path(name).suffix for video in self._wanted(size_bytes) for name in self._names[video.id]
            }
            # The renamed file most likely kept its ending.
            for path in sorted(paths, key=lambda path: folded(path.suffix) not in endings):
                if self._wanted(size_bytes):
                    self._compare(path, size_bytes)
                    self._follow()

    # -- what a file is --

    def _compare(self, path: Path, size_bytes: int) -> None:
        """Read a file; where it is one of the missing, link it. Each file is read once."""
        wanted = self._wanted(size_bytes)
        if not wanted or str(path) in self._tried:
            return
        if self._compared[size_bytes] >= MOST_COMPARED or not _storable(path):
            self._untried += 1
            return
        self._tried.add(str(path))
        name = folded(path.name)
        meant = next((video for video in wanted if name in self._names[video.id]), wanted[0])
        self._say(reading=meant.title, progress=0.0)
        try:
            sha256, _ = self._hash_file(path, lambda share: self._tell(progress=share))
        except (MediaError, InputRefused):
            # It vanished meanwhile, or may not be read: another copy may still turn up.
            self._unread += 1
            self._say(reading=None)
            return
        video = self._left.get(sha256)
        if video is None:
            self._compared[size_bytes] += 1
        else:
            del self._left[sha256]
            # A video that was deleted meanwhile is not looked for any more, and not found either.
            if self._link(video, path):
                self._found.append(video.id)
            self._moves += [move for known in video.paths if (move := moved(Path(known), path)) is not None]
        self._say(reading=None)

    def _wanted(self, size_bytes: int) -> list[Video]:
        """Return the videos of this size that are still looked for."""
        return [video for video in self._sized.get(size_bytes, ()) if video.sha256 in self._left]

    def _say(self, **changes: object) -> None:
        self._tell(
            seen=self._seen,
            unread=self._unread,
            untried=self._untried,
            found=tuple(self._found),
            other=tuple(one for one in self._other if one not in self._found),
            **changes,
        )


def moved(before: Path, after: Path) -> tuple[Path, Path] | None:
    """Return which folder became which, read off one file's old and new path; None where nothing moved."""
    if before == after:
        return None
    if before.name != after.name:
        before, after = before.parent, after.parent
    while before.name == after.name and before.name:
        before, after = before.parent, after.parent
    return before, after


def names_of(video: Video) -> frozenset[str]:
    """Return what a video's file was called, in the form of `folded`."""
    names = {Path(known).name for known in video.paths} | {video.file_name or ""}
    return frozenset(folded(name) for name in names if name)


def folded(name: str) -> str:
    """Return a file's name without the differences that file systems make: case, composed accents."""
    return unicodedata.normalize("NFC", name).casefold()


def _storable(path: Path) -> bool:
    """Return whether the catalog can hold a path; names that are no text cannot be written down."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
