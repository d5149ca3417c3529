"""Files that arrive: written to disk piece by piece, hashed on the way, durable before they count."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import secrets
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
from anyio.to_thread import run_sync

from core.errors import (
    InputRefused,
    MediaError,
    MediaMissing,
    StorageFull,
    StoreError,
    UploadRefused,
    UploadTooLarge,
)

log = logging.getLogger(__name__)

STALL_S: Final = 120.0
"""An upload that sends nothing for so long is given up."""
_PIECE_BYTES: Final = 1024 * 1024
# Left free for the catalog, the index and the logs, which also must write while a video arrives.
_RESERVE_BYTES: Final = 64 * 1024 * 1024
_FULL: Final = "The disk is full. Free some space, or delete videos that you no longer need, then try again."


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole and is on the disk. Whoever gets it moves or deletes it."""

    path: Path
    sha256: str
    """Lower-case hex."""
    size_bytes: int


class PartFile:
    """A file while it arrives, below a name that nobody chose. Blocking: use it in a worker thread.

    `finish` gives it over, `discard` leaves nothing behind; either may follow a `write` that is still
    under way in another thread, and waits for it.

    Raises: StorageFull, StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Exclusive, and readable by the owner alone until the library decides about it.
            self._file = open(  # noqa: SIM115 - closed by finish or discard
                os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600),
                "wb",
                buffering=0,
            )
        except OSError as exc:
            raise storage_error(exc) from exc

    def write(self, piece: bytes | bytearray) -> None:
        with self._lock:
            try:
                view = memoryview(piece)
                while view:
                    view = view[self._file.write(view) :]
            except OSError as exc:
                raise storage_error(exc) from exc
            self._hash.update(piece)
            self.size_bytes += len(piece)

    def finish(self) -> Received:
        """Return the file once it would survive a power cut."""
        with self._lock:
            try:
                os.fsync(self._file.fileno())
                self._file.close()
            except OSError as exc:
                raise storage_error(exc) from exc
            return Received(self.path, self._hash.hexdigest(), self.size_bytes)

    def discard(self) -> None:
        with self._lock:
            try:
                self._file.close()
            finally:
                self.path.unlink(missing_ok=True)


class Incoming:
    """Takes uploads into one folder. Nothing of a refused or broken one stays there."""

    def __init__(self, folder: Path, max_bytes: int, *, stall_s: float = STALL_S) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._stall_s = stall_s

    async def receive(self, chunks: AsyncIterator[bytes], *, expected_bytes: int | None = None) -> Received:
        """Return the file that the chunks make up.

        About 1 MiB is held at a time; disk and hash work in worker threads. ``expected_bytes`` is
        what the sender announced; without it only counting bounds the size.

        Raises: UploadTooLarge, UploadRefused where it stalls or is cut off, StorageFull, StoreError;
        whatever the iterator raises passes through.
        """
        if expected_bytes is not None:
            self._check_size(expected_bytes)
            await run_sync(ensure_room, self._folder, expected_bytes)
        part = await run_sync(PartFile, self._folder)
        arrived = False
        try:
            await self._fill(part, chunks)
            if expected_bytes is not None and part.size_bytes != expected_bytes:
                raise UploadRefused("The upload was cut off before its end. Please send the file again.")
            received = await run_sync(part.finish)
            arrived = True
            return received
        finally:
            if not arrived:
                with anyio.CancelScope(shield=True):
                    await run_sync(part.discard)

    async def _fill(self, part: PartFile, chunks: AsyncIterator[bytes]) -> None:
        piece = bytearray()
        while (chunk := await self._next(chunks)) is not None:
            piece += chunk
            self._check_size(part.size_bytes + len(piece))
            if len(piece) >= _PIECE_BYTES:
                await run_sync(part.write, piece)
                piece = bytearray()
        await run_sync(part.write, piece)

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        try:
            with anyio.fail_after(self._stall_s):
                return await anext(chunks, None)
        except TimeoutError as exc:
            raise UploadRefused(
                "The upload stopped half-way. Check the connection and send the file again."
            ) from exc

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._max_bytes:
            raise UploadTooLarge(
                f"This file is too large: at most {readable_size(self._max_bytes)} can be added "
                "(the setting CUEPOINT_MAX_UPLOAD_BYTES)."
            )


def hash_file(path: Path, report: Callable[[float], None] | None = None) -> tuple[str, int]:
    """Return a file's SHA-256 in lower-case hex and its size in bytes.

    ``report`` is called with 0 to 1 after every MiB; what it raises passes through.

    Raises: MediaMissing, InputRefused where it is no regular file or may not be read, MediaError where
    the disk fails.
    """
    digest = hashlib.sha256()
    done = 0
    buffer = bytearray(_PIECE_BYTES)
    view = memoryview(buffer)
    try:
        details = path.stat()
        if not stat.S_ISREG(details.st_mode):
            raise InputRefused(f"“{path.name}” is not a file. Choose a video file.")
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                digest.update(view[:count])
                done += count
                if report is not None:
                    report(min(1.0, done / max(1, details.st_size)))
    except FileNotFoundError as exc:
        raise MediaMissing(f"“{path.name}” is no longer where it was. Add it again.") from exc
    except PermissionError as exc:
        raise InputRefused(f"Cuepoint may not read “{path.name}”. Change the file's permissions.") from exc
    except OSError as exc:
        raise MediaError(
            f"“{path.name}” could not be read from the disk. Copy it elsewhere, then add it."
        ) from exc
    return digest.hexdigest(), done


def ensure_room(folder: Path, size_bytes: int) -> None:
    """Return where the folder's disk has room for so many bytes and a reserve. Raises: StorageFull."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if shutil.disk_usage(existing).free < size_bytes + _RESERVE_BYTES:
        raise StorageFull(_FULL)


def readable_size(size_bytes: int) -> str:
    """Return a size as people say it: `20 GB`, `1.5 MB`, in units of 1024."""
    size = float(size_bytes)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TB"


def storage_error(exc: OSError) -> StoreError:
    """Return what to raise for a failed write below the data folder, and log which failure it was."""
    log.error("incoming.failed errno=%s", errno.errorcode.get(exc.errno or 0, "?"))
    if exc.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return StorageFull(_FULL)
    return StoreError("The file could not be written to the data folder. Check its disk and permissions.")
