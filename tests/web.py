"""A small library behind the real routes, in this process or under a real uvicorn."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from core.config import Settings
from core.embedding.port import EngineState
from core.errors import MediaMissing, MediaRefused, NotFound
from core.http.routes import routes
from core.layout import Layout
from core.library_model import Added, Details, LibraryStatus, RebuildReport
from core.media.incoming import Received
from core.model import MediaInfo, Space, Video
from core.tokens import MediaClaim, Tokens, load_secret
from tests.ports import free_port

PROJECT_ROOT = Path(__file__).resolve().parent.parent
MEDIA = MediaInfo(4.0, 640, 360, Fraction(25), "h264")
NO_VIDEO = b"NOT A VIDEO"
ORIGIN = "http://cuepoint.example:8501"


class SmallLibrary:
    """Keeps what it adopts in a folder. A file that begins with `NO_VIDEO` is refused."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = Settings(data_dir=folder, **settings)
        self.layout = Layout(folder)
        self.layout.create()
        self.tokens = Tokens(load_secret(self.layout.secret), self.settings.link_lifetime_s)
        self.adopted: list[tuple[str, Details, str | None]] = []
        """(name, details, text of the subtitles) of every file that was accepted."""
        self.index_ready = True
        self.clips_name = "Clips.zip"

    def adopt(self, received: Received, name: str, details: Details) -> Added:
        with received.path.open("rb") as file:
            if file.read(len(NO_VIDEO)) == NO_VIDEO:
                raise MediaRefused("This is not a video. Choose a video file.")
        target = self.original(received.sha256[:32])
        known = target.exists()
        received.path.replace(target)
        words = details.subtitles.read_text() if details.subtitles is not None else None
        self.adopted.append((name, details, words))
        video = Video(
            id=received.sha256[:32],
            title=details.title or name.rpartition(".")[0] or name,
            sha256=received.sha256,
            size_bytes=received.size_bytes,
            media=MEDIA,
            added_at=datetime.now(UTC),
        )
        return Added(name, video, known=known)

    def original(self, video_id: str) -> Path:
        return self.layout.originals / f"{video_id}.mp4"

    def media_file(self, claim: MediaClaim) -> Path:
        match claim.kind:
            case "play":
                path = self.original(claim.video_id)
            case "poster":
                path = self.layout.poster(claim.video_id)
            case "thumb":
                path = self.layout.thumbnail(claim.video_id, claim.at_ms or 0)
            case "subtitles":
                path = self.layout.subtitles(claim.video_id)
        if claim.video_id == "unknown":
            raise NotFound("There is no such video any more.")
        if claim.kind != "play" and not path.is_file():
            raise MediaMissing("This has not been made yet.")
        return path

    def clips_file(self, run_id: str) -> tuple[Path, str]:
        path = self.layout.exports / f"{run_id}.zip"
        if not path.is_file():
            raise NotFound("These clips are no longer there.")
        return path, self.clips_name

    def add_demo(self) -> list[Added]:
        video = Video("d" * 32, "Fire", "d" * 64, 1, MEDIA, datetime.now(UTC))
        return [Added("fire.mp4", video, known=False), Added("rain.mp4", video, known=True)]

    def rebuild(self) -> RebuildReport:
        return RebuildReport(videos=3, rows=45)

    def status(self) -> LibraryStatus:
        return LibraryStatus(
            engine=EngineState("preview", "classic", ready=True, message="Works without a key."),
            space=Space("preview", "classic", 512),
            videos=3,
            segments=45,
            minutes=2.5,
            disk_bytes=1,
            free_bytes=1,
            active_jobs=0,
            index_ready=self.index_ready,
            index_message="The file /secret/place/milvus.db cannot be opened.",
        )


def make_app(library: SmallLibrary) -> Starlette:
    """Return the routes behind the compression that the pages' server puts in front of them."""
    return Starlette(routes=routes(lambda: library), middleware=[Middleware(GZipMiddleware)])


def saying(**details: object) -> dict[str, str]:
    """Return the header of details as the page sends it."""
    return {"X-Cuepoint-Details": quote(json.dumps(details, ensure_ascii=False))}


class Browser:
    """Asks an application in this process, from a machine that can be chosen."""

    def __init__(self, asked: SmallLibrary | Starlette, *, machine: str = "127.0.0.1") -> None:
        app = make_app(asked) if isinstance(asked, SmallLibrary) else asked
        self._transport = httpx.ASGITransport(app, client=(machine, 50_000))

    def request(self, method: str, path: str, **what: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=ORIGIN) as client:
                return await client.request(method, path, **what)

        return asyncio.run(ask())

    def get(self, path: str, **what: Any) -> httpx.Response:
        return self.request("GET", path, **what)

    def put(self, path: str, **what: Any) -> httpx.Response:
        return self.request("PUT", path, **what)

    def post(self, path: str, **what: Any) -> httpx.Response:
        return self.request("POST", path, **what)


def create() -> Starlette:
    """Return the application of a server process; its folder and bound come from the environment."""
    folder = Path(os.environ["CUEPOINT_TEST_FOLDER"])
    return make_app(SmallLibrary(folder, max_upload_bytes=int(os.environ["CUEPOINT_TEST_MAX_BYTES"])))


@dataclass(frozen=True)
class Served:
    """A server process and the tokens that it accepts."""

    url: str
    process: psutil.Process
    layout: Layout
    tokens: Tokens

    def peak_growth(self, since: int) -> int:
        """Return by how many bytes the process's largest memory exceeds an earlier `rss`."""
        return peak_rss(self.process.pid) - since


@contextmanager
def serve(folder: Path, *, max_bytes: int = 4 * 1024**3) -> Iterator[Served]:
    """Run uvicorn in a process of its own until the block ends."""
    layout = Layout(folder)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.web:create", "--port", str(port)]
    environment = os.environ | {
        "CUEPOINT_TEST_FOLDER": str(folder),
        "CUEPOINT_TEST_MAX_BYTES": str(max_bytes),
    }
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=PROJECT_ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        tokens = Tokens(load_secret(layout.secret), Settings().link_lifetime_s)
        yield Served(url, psutil.Process(process.pid), layout, tokens)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak_rss(process_id: int) -> int:
    """Return the largest resident size that a process ever had, in bytes (Linux)."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell the peak of memory")


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            if httpx.get(f"{url}/api/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
