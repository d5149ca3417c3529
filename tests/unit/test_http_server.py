"""The routes behind a real server: memory, broken connections, refusals in the middle."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web import NO_VIDEO, Served, SmallLibrary, saying, serve

MIB = 1024 * 1024
FILM = b"a film"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nA red car\n"


VIDEO = "ab" * 16
SIZES = [pytest.param(200 * MIB, id="200 MB"), pytest.param(1024 * MIB, id="1 GB", marks=pytest.mark.soak)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("served"), max_bytes=1024 * MIB) as one:
        yield one


def wait_until(condition: object, seconds: float = 5) -> bool:
    ends = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < ends:
        time.sleep(0.02)
    return true


def connect(served: Served) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def request_head(served: Served, token: str, size: int) -> bytes:
    lines = [f"PUT /api/upload?token={token} HTTP/1.1", "Host: x", f"Content-Length: {size}", "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.slow
def test_disconnected_upload_leaves_nothing(served: Served) -> None:
    """A browser that goes away in the middle leaves no half file behind."""
    incoming = served.layout.incoming
    with connect(served) as browser:
        browser.sendall(request_head(served, served.tokens.upload(), 500 * MIB) + bytes(3 * MIB))
        assert wait_until(lambda: [path for path in incoming.iterdir() if path.stat().st_size > MIB])
        assert [path.suffix for path in incoming.iterdir()] == [".part"]
    assert wait_until(lambda: not os.listdir(incoming))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("token", "size", "status"), [("forged", 50 * MIB, b"403"), (None, 2000 * MIB, b"413")]
)
def test_early_refusal_is_heard(served: Served, token: str | None, size: int, status: bytes) -> None:
    """A refusal arrives although the sender is still sending, and the connection is closed after it."""
    answer = b""
    with connect(served) as browser:
        browser.sendall(request_head(served, token or served.tokens.upload(), size))
        for _ in range(50):
            browser.sendall(bytes(MIB))
        browser.shutdown(socket.SHUT_WR)
        while piece := browser.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"connection: close" in head.lower()
    assert json.loads(body)["message"]
    assert not os.listdir(served.layout.incoming)


@pytest.mark.slow
def test_refusal_after_the_body_does_not_wait(served: Served) -> None:
    """A file that is refused once it has arrived is answered at once, and the connection stays open."""
    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
        began = time.monotonic()
        for _ in range(3):
            answer = client.put(f"/api/upload?token={served.tokens.upload()}", content=NO_VIDEO)
            assert (answer.status_code, "connection" in answer.headers) == (422, False)
        assert time.monotonic() - began < 3


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_large_upload_costs_no_memory(tmp_path: Path, size: int) -> None:
    """Uploading a large file to a real server leaves its memory flat, and others are served meanwhile."""
    piece = os.urandom(MIB)
    expected = hashlib.sha256()
    slowest = 0.0

    def body() -> Iterator[bytes]:
        nonlocal slowest
        for number in range(size // MIB):
            expected.update(piece)
            yield piece
            if number % 20 == 0:
                began = time.monotonic()
                assert other.get("/api/health").status_code == 200
                slowest = max(slowest, time.monotonic() - began)

    with (
        serve(tmp_path) as served,
        httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client,
        httpx.Client(base_url=served.url, trust_env=False, timeout=60) as other,
    ):
        link = f"/api/upload?token={served.tokens.upload()}"
        client.put(link, content=b"warm", headers=saying(name="a.mp4"))
        before = served.process.memory_info().rss
        answer = client.put(link, content=body(), headers=saying(name="large.mp4"))
        assert answer.json()["video_id"] == expected.hexdigest()[:32]
        assert served.peak_growth(before) < 60 * MIB
        assert slowest < 2


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_large_file_costs_no_memory(tmp_path: Path, size: int) -> None:
    """Playing a large file, whole and in pieces, from a real server leaves its memory flat."""
    original = SmallLibrary(tmp_path).original(VIDEO)
    with original.open("wb") as file:
        for number in range(size // MIB):
            file.write(number.to_bytes(4, "big") * (MIB // 4))
    with serve(tmp_path) as served, httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
        link = f"/api/media/{served.tokens.media('play', VIDEO)}"
        client.get(link, headers={"Range": "bytes=0-99"})
        before = served.process.memory_info().rss
        with client.stream("GET", link) as answer:
            assert sum(len(chunk) for chunk in answer.iter_bytes()) == size
        for number in range(0, 200, 7):
            at = number * MIB
            answer = client.get(link, headers={"Range": f"bytes={at}-{at + MIB - 1}"})
            assert answer.content == number.to_bytes(4, "big") * (MIB // 4)
        # A player that leaves in the middle, as every seek does.
        for _ in range(10):
            with client.stream("GET", link, headers={"Range": "bytes=1000000-"}) as answer:
                next(answer.iter_bytes())
        assert served.peak_growth(before) < 60 * MIB
