"""Hashing a file that is already there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from core.errors import Cancelled, InputRefused, MediaMissing
from core.media.incoming import hash_file

MIB = 1024 * 1024


def test_hash_file_reports_and_agrees(tmp_path: Path) -> None:
    """Hashing a file gives what hashing its bytes gives, with progress up to 1."""
    content = os.urandom(3 * MIB + 5)
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    progress: list[float] = []
    assert hash_file(path, progress.append) == (hashlib.sha256(content).hexdigest(), len(content))
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


def test_hash_file_can_be_cancelled(tmp_path: Path) -> None:
    """What the progress report raises stops the work and passes through."""
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(2 * MIB))

    def stop(_progress: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        hash_file(path, stop)


def test_hash_file_refuses_what_is_no_file(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are refused by name, never waited for."""
    with pytest.raises(MediaMissing, match=r"gone\.mp4"):
        hash_file(tmp_path / "gone.mp4")
    with pytest.raises(InputRefused):
        hash_file(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp4")
        with pytest.raises(InputRefused, match="not a file"):
            hash_file(tmp_path / "pipe.mp4")
