"""Translation of the media library's errors into ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from core.errors import MediaError, MediaMissing, StorageFull


@contextmanager
def media_errors(source: Path) -> Iterator[None]:
    """Raise what the media library raises as one of ours.

    Raises: MediaMissing, StorageFull, MediaError. Running out of memory stays a MemoryError.
    """
    try:
        yield
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError) as exc:
        if not source.is_file():
            raise MediaMissing(
                "The file of this video is no longer where it was. Put it back, or add it again."
            ) from exc
        if isinstance(exc, av.FFmpegError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full. Free some space and try again.") from exc
        raise MediaError(
            "This video could not be converted. Convert it to an MP4 (H.264) and add that instead."
        ) from exc
