"""Upload and play a very large file, and watch the server's memory meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

import av
import httpx
import numpy as np
import psutil

from core.config import Settings
from core.layout import Layout
from core.tokens import Tokens, load_secret
from tests.serving import Served

MIB = 1024 * 1024


@dataclass(frozen=True)
class MemoryFigures:
    """Growth of the server's resident memory, in MiB, above what it held before."""

    file_mib: float
    upload_s: float
    upload_growth_mib: float
    playback_growth_mib: float
    bytes_played: int


def make_large_video(target: Path, size_bytes: int) -> Path:
    """Write an H.264 MP4 of at least this size: a second of noise (some 15 MB), its packets repeated."""
    rate = 25
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "24"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = rate, 0
        packets = _second_of_noise(stream, rate)
        written = second = 0
        while written < size_bytes:
            for number, packet in enumerate(packets):
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base = stream, Fraction(1, rate)
                copy.pts = copy.dts = second * rate + number
                copy.duration, copy.is_keyframe = 1, packet.is_keyframe
                container.mux(copy)
                written += packet.size
            second += 1
    return target


def _second_of_noise(stream: av.VideoStream, rate: int) -> list[av.Packet]:
    noise = np.random.default_rng(7)
    packets = []
    for number in range(rate):
        picture = noise.integers(0, 256, (720, 1280, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def memory_trial(served: Served, file: Path) -> MemoryFigures:
    """Return how far the server's memory grew while a file was uploaded, and then played."""
    tokens = Tokens(load_secret(Layout(served.data_dir).secret), lifetime_s=Settings().link_lifetime_s)
    with httpx.Client(base_url=served.url, timeout=600, trust_env=False) as client:
        began = time.monotonic()
        with _watching(served.pid) as upload:
            video_id = _upload(client, tokens, file)
        upload_s = time.monotonic() - began
        with _watching(served.pid) as playback:
            played = _play(client, f"/api/media/{tokens.media('play', video_id)}", file.stat().st_size)
    return MemoryFigures(
        file_mib=round(file.stat().st_size / MIB, 1),
        upload_s=round(upload_s, 2),
        upload_growth_mib=round(upload.growth_mib, 1),
        playback_growth_mib=round(playback.growth_mib, 1),
        bytes_played=played,
    )


def _upload(client: httpx.Client, tokens: Tokens, file: Path) -> str:
    def pieces() -> Iterator[bytes]:
        with file.open("rb") as source:
            while piece := source.read(MIB):
                yield piece

    answer = client.put(
        f"/api/upload?token={tokens.upload()}",
        content=pieces(),
        headers={
            "X-Cuepoint-Details": quote(json.dumps({"name": file.name})),
            "Content-Length": str(file.stat().st_size),
        },
    )
    answer.raise_for_status()
    return str(answer.json()["video_id"])


def _play(client: httpx.Client, address: str, size: int) -> int:
    """Read the file as a browser does: an open-ended range, some jumps, then all of it."""
    played = 0
    for start in (0, size // 2, size // 4, size - MIB, 0):
        with client.stream("GET", address, headers={"Range": f"bytes={start}-"}) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes(MIB):
                played += len(piece)
                if start and played % (64 * MIB) < MIB:
                    break
    return played


@dataclass
class _Growth:
    before: int
    peak: int

    @property
    def growth_mib(self) -> float:
        return (self.peak - self.before) / MIB


@contextmanager
def _watching(pid: int) -> Iterator[_Growth]:
    """Sample the resident memory of one process twenty times a second."""
    process = psutil.Process(pid)
    before = process.memory_info().rss
    growth = _Growth(before, before)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            growth.peak = max(growth.peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield growth
    finally:
        ended.set()
        watcher.join()
