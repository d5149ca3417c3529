"""Downloads: whole or not at all, bounded in size and time, and with a clear word."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Cancelled, DownloadInterrupted, StorageFull, UrlRefused
from core.media.download import Patience
from tests.film_server import FILM, Answer, Handler, Server, fetch, left_over, running


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server()) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


def test_file_arrives_whole(server: Server, folder: Path) -> None:
    """A download lies on the disk with its hash, its size, a name and rising progress."""
    progress: list[float] = []
    done = fetch(server.at("/film.mp4"), folder, report=progress.append)
    assert done.received.path.read_bytes() == FILM
    assert done.received.sha256 == hashlib.sha256(FILM).hexdigest()
    assert done.received.size_bytes == len(FILM)
    assert done.name == "film.mp4"
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    assert len(progress) >= 3
    assert server.asked[0][1]["Accept-Encoding"] == "identity"


def test_file_without_announced_size_arrives(server: Server, folder: Path) -> None:
    """A server need not say how long the file is; then progress stays at 0."""

    def chunked(to: Handler) -> None:
        to.send_response(200)
        to.send_header("Transfer-Encoding", "chunked")
        to.end_headers()
        for at in range(0, len(FILM), 100_000):
            piece = FILM[at : at + 100_000]
            to.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        to.wfile.write(b"0\r\n\r\n")

    server.answers["/chunked"] = chunked
    progress: list[float] = []
    done = fetch(server.at("/chunked"), folder, report=progress.append)
    assert done.received.path.read_bytes() == FILM
    assert set(progress) == {0.0}


@pytest.mark.parametrize(
    ("status", "sentence", "retryable"),
    [
        (204, "did not give a file", False),
        (206, "did not give a file", False),
        (400, "did not give a file", False),
        (401, "not give this file to everybody", False),
        (403, "not give this file to everybody", False),
        (404, "no file at this address", False),
        (410, "no file at this address", False),
        (429, "busy or broken", True),
        (500, "busy or broken", True),
        (503, "busy or broken", True),
    ],
)
def test_answers_without_a_file(
    server: Server, folder: Path, status: int, sentence: str, retryable: bool
) -> None:
    """Each status gets a sentence, and only what may pass by itself is tried again."""
    server.answers["/no"] = lambda to: to.give(status)
    with pytest.raises(UrlRefused, match=sentence) as refused:
        fetch(server.at("/no"), folder)
    assert refused.value.retryable is retryable
    assert isinstance(refused.value, DownloadInterrupted) is retryable
    assert not left_over(folder)


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, "a web page, not a video file"),
        ({"Content-Type": "application/xhtml+xml"}, "a web page, not a video file"),
        ({"Content-Type": "application/vnd.apple.mpegurl"}, "streaming playlist"),
        ({"Content-Type": "image/png"}, "something else than a video"),
        ({"Content-Encoding": "gzip"}, "compressed"),
    ],
)
def test_what_is_no_video_is_refused(
    server: Server, folder: Path, headers: dict[str, str], sentence: str
) -> None:
    """A web page, a playlist or a picture is refused before it is downloaded."""
    server.answers["/page"] = lambda to: to.give(body=b"x" * 100, **headers)
    with pytest.raises(UrlRefused, match=sentence):
        fetch(server.at("/page"), folder)
    assert not left_over(folder)


def test_announced_size_is_bounded(server: Server, folder: Path) -> None:
    """A file announced as too large is refused before it is downloaded."""
    server.answers["/big"] = lambda to: to.give(length=2**40)
    with pytest.raises(UrlRefused, match="at most 1 MB"):
        fetch(server.at("/big"), folder, max_bytes=2**20)
    assert not left_over(folder)


def test_counted_size_is_bounded(server: Server, folder: Path) -> None:
    """A file that says nothing of its size is stopped where it passes the bound."""

    def endless(to: Handler) -> None:
        to.send_response(200)
        to.end_headers()
        while True:
            to.wfile.write(bytes(65536))

    server.answers["/endless"] = endless
    with pytest.raises(UrlRefused, match="too large"):
        fetch(server.at("/endless"), folder, max_bytes=2**21)
    assert not left_over(folder)


def test_no_room_on_the_disk(server: Server, folder: Path) -> None:
    """A file that the disk cannot hold is refused before it is downloaded."""
    server.answers["/big"] = lambda to: to.give(length=2**61)
    with pytest.raises(StorageFull):
        fetch(server.at("/big"), folder, max_bytes=2**62)


def test_truncated_file_is_worth_another_try(server: Server, folder: Path) -> None:
    """A body that ends before its announced length does not count, and may be tried again."""
    server.answers["/cut"] = lambda to: to.give(body=FILM, length=len(FILM) + 1)
    with pytest.raises(DownloadInterrupted, match="broke"):
        fetch(server.at("/cut"), folder)
    assert not left_over(folder)


def test_silent_server_is_given_up(server: Server, folder: Path) -> None:
    """A server that stops sending in the middle is given up, and may be tried again."""

    def stall(to: Handler) -> None:
        to.give(body=FILM[:100_000], length=len(FILM))
        time.sleep(1.5)

    server.answers["/stall"] = stall
    began = time.monotonic()
    with pytest.raises(DownloadInterrupted, match="does not answer"):
        fetch(server.at("/stall"), folder)
    assert time.monotonic() - began < 1.5
    assert not left_over(folder)


def drip(to: Handler) -> None:
    """Send a byte now and then, never silent for long."""
    to.send_response(200)
    to.send_header("Content-Type", "video/mp4")
    to.end_headers()
    for _ in range(60):
        to.wfile.write(b"x")
        time.sleep(0.05)


def drip_headers(to: Handler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(60):
        to.wfile.write(b"X-A: b\r\n")
        time.sleep(0.05)


def test_dripping_server_is_given_up(server: Server, folder: Path) -> None:
    """A server that sends a byte now and then is given up for being slow."""
    server.answers["/drip"] = drip
    with pytest.raises(DownloadInterrupted, match="too slowly"):
        fetch(server.at("/drip"), folder, patience=Patience(slow_window_s=0.4))
    assert not left_over(folder)


def fall_silent(to: Handler) -> None:
    to.give(body=b"x", length=2)
    time.sleep(2)


@pytest.mark.parametrize("dripping", [drip, drip_headers, fall_silent])
def test_total_time_is_bounded(server: Server, folder: Path, dripping: Answer) -> None:
    """No server can hold a worker beyond the total time, whether it drips or is allowed a long silence."""
    server.answers["/drip"] = dripping
    began = time.monotonic()
    with pytest.raises(DownloadInterrupted, match="took too long"):
        fetch(server.at("/drip"), folder, patience=Patience(total_s=0.6))
    assert time.monotonic() - began < 2
    assert not left_over(folder)


def test_closed_port_is_worth_another_try(folder: Path) -> None:
    """A server that is down may be up later."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(DownloadInterrupted):
            fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/film.mp4", folder)


def test_cancelling_stops_and_leaves_nothing(server: Server, folder: Path) -> None:
    """A person who cancels is obeyed in the middle, and the half file is gone."""

    def stop(_progress: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        fetch(server.at("/film.mp4"), folder, report=stop)
    assert not left_over(folder)


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/film.mp4", {}, "film.mp4"),
        ("/my%20film%20%C3%BC.MOV?x=/y.avi", {}, "my film ü.mov"),
        ("/watch", {}, "watch.mp4"),
        ("/watch", {"Content-Type": "video/webm"}, "watch.webm"),
        ("/watch", {"Content-Type": "application/octet-stream"}, "watch"),
        ("/", {}, "Untitled.mp4"),
        ("/x", {"Content-Disposition": 'attachment; filename="summer.mkv"'}, "summer.mkv"),
        ("/x", {"Content-Disposition": "attachment; filename*=UTF-8''S%C3%BCden.mp4"}, "Süden.mp4"),
        ("/x", {"Content-Disposition": 'attachment; filename="../../etc/cron.mp4"'}, "cron.mp4"),
        ("/x.mp4", {"Content-Disposition": "attachment"}, "x.mp4"),
        ("/..%2f..%2fevil.mp4", {}, "evil.mp4"),
    ],
)
def test_names_are_suggested(
    server: Server, folder: Path, path: str, headers: dict[str, str], name: str
) -> None:
    """A download is called what the server says, else what its address says, made harmless."""
    server.answers[path.partition("?")[0]] = lambda to: to.give(body=b"x", **headers)
    assert fetch(server.at(path), folder).name == name
