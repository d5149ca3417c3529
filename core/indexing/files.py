"""Moving and removing files of the library, with the system's errors translated."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import StorageFull, StoreError

log = logging.getLogger(__name__)

_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


@contextmanager
def writing() -> Iterator[None]:
    """Translate what the file system says. Raises: StorageFull, StoreError."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull("The disk is full. Free some space; the work then goes on by itself.") from exc
        raise StoreError(
            "The data folder cannot be written to. Check its permissions, then try again."
        ) from exc


def move(source: Path, target: Path) -> None:
    """Move a file to its place, whole or not at all. Raises: StorageFull, StoreError."""
    with writing():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(source, target)
        except OSError as exc:
            if exc.errno != errno.EXDEV:
                raise
            # The two folders are on different disks; the copy gets its name only when it is complete.
            draft = target.with_name(f"{target.name}.tmp")
            try:
                shutil.copyfile(source, draft)
                _sync(draft)
                os.replace(draft, target)
            finally:
                draft.unlink(missing_ok=True)
            source.unlink(missing_ok=True)
        _sync(target.parent)


def remove(path: Path) -> bool:
    """Remove a file, or a folder with all that is in it; return whether it is gone now."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except OSError:
        log.warning("file.not_removed name=%s", path.name, exc_info=True)
        return False
    return True


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open folders, and keeps their names by itself.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
