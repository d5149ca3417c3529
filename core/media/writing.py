"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StorageFull


def draft_of(target: Path) -> Path:
    """Return where a file is written before it is complete: beside it, under a name of its own.

    The same name every time, so that what a killed process left is overwritten by the next attempt.
    """
    return target.with_name(f".{target.name}.part")


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Give the draft to write; put it in place at the end, or remove it where something was raised.

    Raises: StorageFull.
    """
    draft = draft_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        _flush_to_disk(draft)
        os.replace(draft, target)
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full. Free some space and try again.") from exc
        raise
    finally:
        draft.unlink(missing_ok=True)


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
