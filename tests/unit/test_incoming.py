"""Files that arrive: whole, bounded, and without a trace where they fail."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import (
    StorageFull,
    StoreError,
    UploadRefused,
    UploadTooLarge,
)
from core.media import incoming
from core.media.incoming import Incoming, PartFile, ensure_room, readable_size

MIB = 1024 * 1024


async def chunks_of(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


@contextmanager
def small_files(most_bytes: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as some disks do, until the block ends."""
    resource = pytest.importorskip("resource", reason="needs the limits of a Unix system")
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 3 * MIB + 17])
def test_file_arrives_whole(tmp_path: Path, size: int) -> None:
    """What was sent lies on the disk with its hash and size, whatever its length."""
    content = os.urandom(size)
    received = asyncio.run(Incoming(tmp_path, 8 * MIB).receive(chunks_of(content), expected_bytes=size))
    assert received.path.read_bytes() == content
    assert received.sha256 == hashlib.sha256(content).hexdigest()
    assert received.size_bytes == size
    assert list(tmp_path.iterdir()) == [received.path]


def test_file_is_named_by_chance_and_private(tmp_path: Path) -> None:
    """An arriving file has a name that cannot be guessed, and only the owner may read it."""
    part = PartFile(tmp_path)
    try:
        assert part.path.suffix == ".part"
        assert len(part.path.stem) == 32
        assert os.name != "posix" or part.path.stat().st_mode & 0o077 == 0
    finally:
        part.discard()


def test_announced_size_is_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    """A file announced as too large is refused at once, in a sentence with the bound and the setting."""

    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("nothing should be read")
        yield b""

    with pytest.raises(UploadTooLarge, match=r"at most 1 MB.*CUEPOINT_MAX_UPLOAD_BYTES"):
        asyncio.run(Incoming(tmp_path, MIB).receive(unread(), expected_bytes=MIB + 1))
    assert not list(tmp_path.iterdir())


def test_size_is_counted(tmp_path: Path) -> None:
    """A file that turns out too large is stopped where it passes the bound, and nothing stays."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1024
            yield bytes(1024)

    with pytest.raises(UploadTooLarge):
        asyncio.run(Incoming(tmp_path, 3 * MIB).receive(endless()))
    assert taken == 3 * MIB + 1024
    assert not list(tmp_path.iterdir())


def test_largest_allowed_file_is_taken(tmp_path: Path) -> None:
    """The bound itself is allowed."""
    received = asyncio.run(Incoming(tmp_path, MIB).receive(chunks_of(bytes(MIB)), expected_bytes=MIB))
    assert received.size_bytes == MIB


@pytest.mark.parametrize("announced", [100, 300])
def test_wrong_length_is_refused(tmp_path: Path, announced: int) -> None:
    """A file that is shorter or longer than announced does not count."""
    with pytest.raises(UploadRefused, match="cut off"):
        asyncio.run(Incoming(tmp_path, MIB).receive(chunks_of(bytes(200)), expected_bytes=announced))
    assert not list(tmp_path.iterdir())


def test_broken_connection_leaves_nothing(tmp_path: Path) -> None:
    """The sender's error passes through, and its half file is gone."""

    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(Incoming(tmp_path, 8 * MIB).receive(breaking()))
    assert not list(tmp_path.iterdir())


def test_stalled_upload_is_given_up(tmp_path: Path) -> None:
    """A sender that falls silent is given up after a while, and its half file is gone."""

    async def silent() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        await asyncio.sleep(60)

    with pytest.raises(UploadRefused, match="stopped half-way"):
        asyncio.run(Incoming(tmp_path, 8 * MIB, stall_s=0.1).receive(silent()))
    assert not list(tmp_path.iterdir())


def test_cancelled_request_leaves_nothing(tmp_path: Path) -> None:
    """A server that shuts down in the middle of an upload leaves no half file."""

    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield bytes(256 * 1024)
            await asyncio.sleep(0.001)

    async def cancel_soon() -> None:
        task = asyncio.create_task(Incoming(tmp_path, 8 * 1024 * MIB).receive(forever()))
        while not any(path.stat().st_size for path in tmp_path.iterdir()):
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_soon())
    assert not list(tmp_path.iterdir())


def test_event_loop_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are served while a slow disk takes its time."""

    class SlowPart(PartFile):
        def write(self, piece: bytes | bytearray) -> None:
            time.sleep(0.4)
            super().write(piece)

    monkeypatch.setattr(incoming, "PartFile", SlowPart)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    async def run() -> None:
        watching = asyncio.create_task(watch())
        await Incoming(tmp_path, 8 * MIB).receive(chunks_of(bytes(2 * MIB)))
        watching.cancel()

    asyncio.run(run())
    assert longest < 0.3


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A disk that fills up while a file arrives gives one sentence, and the half file is gone."""

    def no_room(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(StorageFull, match="disk is full"):
        asyncio.run(Incoming(tmp_path, 8 * MIB).receive(chunks_of(bytes(2 * MIB))))
    assert not list(tmp_path.iterdir())


def test_failing_write_is_ours(tmp_path: Path) -> None:
    """A write that the system refuses half-way becomes our error, and the half file is gone."""
    with small_files(MIB + 4096), pytest.raises(StoreError):
        asyncio.run(Incoming(tmp_path, 8 * MIB).receive(chunks_of(bytes(3 * MIB))))
    assert not list(tmp_path.iterdir())


def test_no_room_is_known_before_sending(tmp_path: Path) -> None:
    """A file that the disk cannot hold is refused before it is sent."""
    with pytest.raises(StorageFull):
        asyncio.run(Incoming(tmp_path, 2**62).receive(chunks_of(b"x"), expected_bytes=2**61))
    assert not list(tmp_path.iterdir())
    ensure_room(tmp_path / "not" / "made" / "yet", 1)


def test_discard_waits_for_a_write_under_way(tmp_path: Path) -> None:
    """Discarding while another thread writes leaves nothing and breaks nothing."""
    part = PartFile(tmp_path)
    writing = threading.Thread(target=part.write, args=(bytes(64 * MIB),))
    writing.start()
    while not part.path.stat().st_size:
        time.sleep(0.0005)
    part.discard()
    assert part.size_bytes == 64 * MIB
    writing.join()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (20 * 1024**3, "20 GB")]
)
def test_sizes_are_readable(size: int, text: str) -> None:
    """A size is said as people say it."""
    assert readable_size(size) == text
