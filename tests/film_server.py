"""A server on loopback that gives films as a test wants them, and downloads from it."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.config import Settings
from core.media.download import Downloaded, Patience, download

FILM = os.urandom(3 * 1024 * 1024 + 11)
Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the server's table of paths, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.answers[self.path.partition("?")[0]](self)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass

    def give(
        self, status: int = 200, body: bytes = b"", *, length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "video/mp4"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    """An HTTP server on loopback; `answers` says what each path gives."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {"/film.mp4": lambda to: to.give(body=FILM)}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.scheme = "http"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of these tests leave in the middle on purpose."""

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server_port}{path}"


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(url: str, folder: Path, **changes: object) -> Downloaded:
    """Download with loopback allowed, and little patience."""
    settings = Settings(allow_private_urls=True, max_upload_bytes=changes.pop("max_bytes", 2**30))
    changes = {"patience": Patience(connect_s=2, silence_s=0.5, total_s=20)} | changes
    return download(url, folder, settings=settings, **changes)


def fetch_public(url: str, folder: Path, **changes: object) -> Downloaded:
    """Download as people's addresses are: only from public addresses."""
    return download(
        url, folder, settings=Settings(allow_private_urls=False), patience=Patience(2, 2, 5), **changes
    )


def left_over(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.exists() else []
