"""Copying files of any size: streamed, hashed on the way, whole on the disk or not there."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from core.errors import StorageFull, StoreError

_PIECE: Final = 4 * 1024**2
_SPARE: Final = 64 * 1024**2
"""What is left free beside what is written, in bytes: the disk is used by others as well."""


def copy_hashed(source: Path, draft: Path) -> tuple[str, int]:
    """Copy a file and return the SHA-256 and the size of what was copied, which is then on the disk."""
    digest, size = hashlib.sha256(), 0
    draft.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, draft.open("wb") as writing:
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
            size += len(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest(), size


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def draft_in(folder: Path) -> Path:
    """Return a name for a file that is not whole yet."""
    return folder / f"{uuid4().hex}.tmp"


def sync_folder(folder: Path | int) -> None:
    """Bring the names in a folder (or what was written to an open file) to the disk."""
    if isinstance(folder, int):
        os.fsync(folder)
    elif os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def check_space(folder: Path, needed_bytes: int) -> None:
    """Raises: StorageFull where the disk of the folder has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if needed_bytes + _SPARE > free:
        raise StorageFull(
            f"This needs {_gigabytes(needed_bytes + _SPARE)} GB and {_gigabytes(free)} GB are free. "
            "Free some space, or choose a folder on a larger disk."
        )


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn an error of the file system into one of ours; ``what`` is what it happened to."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full. Free some space, then start again.") from exc
        raise StoreError(
            f"{what} cannot be read or written. Check who may use it, then start again."
        ) from exc


def forget(path: Path) -> None:
    """Remove a file that may be gone already."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _gigabytes(size: int) -> str:
    return f"{size / 1000**3:.1f}"
