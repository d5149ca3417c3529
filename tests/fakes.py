"""Small honest stand-ins: an engine whose provider lives in a folder, media tools for made-up files.

They do what the real ones promise (drafts, reports, tickets, errors), only quickly and deterministically,
and everything that they remember is on the disk, so it survives a killed process.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.config import Settings
from core.embedding.port import (
    Concurrency,
    EngineState,
    QueryLimits,
    QueryVectors,
    Report,
    Sample,
    SaveTicket,
    Source,
    TaskStatus,
)
from core.errors import EngineRefused, MediaMissing, MediaRefused, NotFound, UrlRefused
from core.indexing.ports import MediaTools
from core.media.download import Downloaded
from core.media.incoming import Received, hash_file
from core.media.subtitles import read_subtitles
from core.model import Embedding, MediaInfo, Modality, Segment, Space, Sprites, Ticket
from core.vectors.archive import Archive


class FakeClock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Diary:
    """What was done, a line each, in a file that several processes may write to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def note(self, what: str, about: str = "") -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, f"{what} {about}\n".encode())
        os.close(descriptor)

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []

    def count(self, what: str, about: str | None = None) -> int:
        """Return how often something was done, with one thing or with any."""
        found = [line.split(" ", 1) for line in self.lines()]
        return sum(name == what and about in (None, rest) for name, rest in found)


class Faults:
    """Errors that calls run into, once each, in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: dict[str, list[BaseException]] = {}

    def plan(self, call: str, *errors: BaseException) -> None:
        self._planned.setdefault(call, []).extend(errors)

    def meet(self, call: str) -> None:
        if planned := self._planned.get(call):
            raise planned.pop(0)


class FakeEmbedder:
    """An engine with a provider of its own below ``folder``: assets and tasks are files there.

    ``polls`` looks find a task at work before it is ready; ``outcomes`` are what its next tasks come
    to. ``delay_s`` is how long an upload and a collection each take, in ten reports. Where it is
    given the archive, it notes every collection of what the archive has already as ``again``.
    ``task_s`` is how long a task is at work by the clock of the machine; ``uploads`` is what the next
    looks at uploads find, before they are ready.
    """

    def __init__(
        self,
        folder: Path,
        *,
        billable: bool = True,
        polls: int = 0,
        poll_after_s: float = 0.02,
        delay_s: float = 0.0,
        model: str = "fake-1",
        archive: Archive | None = None,
        words_count: bool = False,
        concurrency: Concurrency | None = None,
        task_s: float = 0.0,
    ) -> None:
        self.space = Space("fake", model, 8)
        self.modalities: tuple[Modality, ...] = ("visual", "audio")
        self.limits = QueryLimits()
        self.billable = billable
        self.combines = True
        self.concurrency = concurrency or Concurrency()
        self.diary = Diary(folder / "diary.txt")
        self.faults = Faults()
        self.outcomes: list[TaskStatus] = []
        self.uploads: list[TaskStatus] = []
        self._folder = folder
        self._polls = polls
        self._poll_after_s = poll_after_s
        self._delay_s = delay_s
        self._archive = archive
        self._words_count = words_count
        self._task_s = task_s
        for name in ("assets", "tasks"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    # -- a video --

    def recipe(self, source: Source) -> str:
        words = f"{source.title}{source.tags}" if self._words_count else ""
        return f"fixed4-{hashlib.sha256(words.encode()).hexdigest()[:8]}"

    def check(self, source: Source) -> None:
        self._called("check", source.video_id)
        if source.media.width < 100:
            raise EngineRefused("This picture is too small for the engine. Use one of at least 100 pixels.")

    def upload(self, source: Source, ticket: Ticket, save: SaveTicket, report: Report) -> Ticket:
        if ticket.asset_id is not None and self._file("assets", ticket.asset_id).exists():
            return ticket
        self._called("upload", source.video_id)
        self._take_time(report)
        ticket = replace(ticket, asset_id=secrets.token_hex(4))
        self._file("assets", ticket.asset_id or "").write_text(source.video_id)
        save(ticket)
        return ticket

    def poll_upload(self, ticket: Ticket) -> TaskStatus:
        self._called("poll_upload")
        if self.uploads:
            return self.uploads.pop(0)
        if not self._file("assets", ticket.asset_id or "").exists():
            return TaskStatus("failed", message="The file is no longer at the engine.", retry=True)
        return TaskStatus("ready")

    def submit(self, source: Source, ticket: Ticket, save: SaveTicket) -> Ticket:
        if ticket.intent is None:
            ticket = replace(ticket, intent=secrets.token_hex(4))
            save(ticket)
        # A task that was asked for is found again by its intent, also where the answer never arrived.
        task = self._file("tasks", ticket.intent or "")
        if not task.exists():
            self._called("submit", source.video_id)
            outcome = self.outcomes.pop(0) if self.outcomes else TaskStatus("ready")
            told = {"state": outcome.state, "message": outcome.message, "retry": outcome.retry}
            _write_whole(
                task, json.dumps(told | {"polls": self._polls, "done_at": time.time() + self._task_s})
            )
        ticket = replace(ticket, task_id=ticket.intent)
        save(ticket)
        return ticket

    def poll(self, ticket: Ticket) -> TaskStatus:
        self._called("poll")
        task = self._task(ticket)
        told = json.loads(task.read_text())
        if time.time() < told["done_at"]:
            return TaskStatus("processing", poll_after_s=self._poll_after_s)
        if told["polls"] > 0:
            _write_whole(task, json.dumps(told | {"polls": told["polls"] - 1}))
            return TaskStatus("processing", progress=0.5, poll_after_s=self._poll_after_s)
        return TaskStatus(told["state"], message=told["message"], retry=told["retry"])

    def collect(self, source: Source, ticket: Ticket, report: Report) -> Sequence[Embedding]:
        self._called("collect", source.video_id)
        if self._archive is not None and self._archive.has(source.video_id, self.space, self.recipe(source)):
            self.diary.note("again", source.video_id)
        self._task(ticket)
        self._take_time(report)
        return embeddings_of(source.video_id, source.media.duration_s, self.space.dimension)

    def release(self, ticket: Ticket) -> None:
        self._called("release")
        if ticket.asset_id is not None:
            self._file("assets", ticket.asset_id).unlink(missing_ok=True)

    @property
    def assets(self) -> int:
        """Return how many files lie at the provider."""
        return len(list((self._folder / "assets").iterdir()))

    @property
    def tasks(self) -> int:
        """Return how many tasks were ever started: what would be billed."""
        return len(list((self._folder / "tasks").glob("*.json")))

    def forget_tasks(self) -> None:
        """Do what a provider does after some days."""
        for file in (self._folder / "tasks").glob("*.json"):
            file.unlink()

    # -- queries --

    def embed_text(self, text: str) -> QueryVectors:
        return QueryVectors({"visual": _unit(text, self.space.dimension)})

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        return QueryVectors({"visual": _unit(f"{path}{segment}", self.space.dimension)})

    def embed_image(self, path: Path) -> QueryVectors:
        return QueryVectors({"visual": _unit(str(path), self.space.dimension)})

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        return QueryVectors({"visual": _unit(f"{text}{samples}", self.space.dimension)})

    def state(self) -> EngineState:
        return EngineState("fake", self.space.model, True, "Ready.")

    def close(self) -> None:
        self.diary.note("close")

    # -- parts --

    def _called(self, call: str, about: str = "") -> None:
        self.faults.meet(call)
        self.diary.note(call, about)

    def _take_time(self, report: Report) -> None:
        for part in range(10):
            report(part / 10)
            time.sleep(self._delay_s / 10)

    def _task(self, ticket: Ticket) -> Path:
        task = self._file("tasks", ticket.task_id or "")
        if not task.exists():
            raise NotFound("The engine does not know this task.")
        return task

    def _file(self, kind: str, name: str) -> Path:
        return self._folder / kind / f"{name}.json"


def embeddings_of(video_id: str, duration_s: float, dimension: int) -> list[Embedding]:
    """Return what the fake engine makes of a video: segments of four seconds, seen and heard."""
    starts = [float(start) for start in range(0, max(1, int(duration_s)), 4)]
    segments = [Segment(start, min(start + 4.0, duration_s)) for start in starts]
    modalities: tuple[Modality, ...] = ("visual", "audio")
    return [
        Embedding(_unit(f"{video_id}{segment}{modality}", dimension), segment, modality)
        for segment in segments
        for modality in modalities
    ]


def _unit(text: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


# -- media ---------------------------------------------------------------------------------------


def write_fake_video(
    path: Path, name: str, *, duration_s: float = 8.0, playable: bool = True, width: int = 640
) -> Path:
    """Write a file that `FakeMedia` takes for a video; the name makes its bytes its own."""
    told = {"video": name, "duration_s": duration_s, "playable": playable, "width": width}
    content = json.dumps(told) + " " * 2000
    # Somebody may be reading it: what is there already is not written again.
    if not (path.exists() and path.read_text() == content):
        path.write_text(content)
    return path


SHEETS = '{"interval_s": 0.5, "columns": 10, "rows": 10, "width": 160, "height": 90, "count": 16}'


@dataclass
class FakeMedia:
    """Media tools for the files of `write_fake_video`; what they make are small text files.

    ``urls`` maps addresses to the files behind them. ``delay_s`` is how long each download, proxy and
    set of thumbnails takes.
    """

    diary: Diary
    delay_s: float = 0.0
    urls: Mapping[str, Path] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def tools(self) -> MediaTools:
        return MediaTools(
            probe=self.probe,
            write_poster=self.write_poster,
            write_thumbnails=self.write_thumbnails,
            write_sprites=self.write_sprites,
            write_proxy=self.write_proxy,
            download=self.download,
            hash_file=hash_file,
            read_subtitles=read_subtitles,
        )

    def probe(self, path: Path, settings: Settings) -> MediaInfo:
        self._called("probe")
        try:
            told = json.loads(path.read_text())
            return MediaInfo(
                duration_s=told["duration_s"], width=told["width"], height=480, frame_rate=Fraction(25),
                video_codec="h264", audio_codec="aac", container="mp4", playable=told["playable"],
            )  # fmt: skip
        except ValueError as exc:
            raise MediaRefused("This is not a video. Choose another file.") from exc

    def write_poster(self, source: Path, target: Path, media: MediaInfo) -> None:
        self._called("poster")
        self._read(source)
        _write_whole(target, "poster")

    def write_thumbnails(
        self, source: Path, targets: Mapping[int, Path], media: MediaInfo, report: Report | None = None
    ) -> None:
        self._called("thumbnails")
        self._read(source)
        for place, (at_ms, target) in enumerate(targets.items()):
            _write_whole(target, f"thumbnail {at_ms}")
            time.sleep(self.delay_s / len(targets))
            if report is not None:
                report(place / len(targets))

    def write_sprites(
        self, source: Path, folder: Path, media: MediaInfo, report: Report | None = None
    ) -> Sprites:
        self._called("sprites")
        self._read(source)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._drip("sprites", folder / "000.jpg", report)
            _write_whole(folder / "sheets.json", SHEETS)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Sprites(0.5, 10, 10, 160, 90, 16)

    def write_proxy(self, source: Path, target: Path, media: MediaInfo, report: Report | None = None) -> None:
        self._called("proxy")
        self._read(source)
        draft = target.with_name(f".{target.name}.part")
        try:
            self._drip("proxy", draft, report)
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)

    def download(
        self, url: str, target_folder: Path, *, settings: Settings, report: Report | None = None
    ) -> Downloaded:
        self._called("download", url)
        if url not in self.urls:
            raise UrlRefused("There is no file at this address (status 404). Check the address.")
        part = target_folder / f"{secrets.token_hex(8)}.part"
        arrived = False
        try:
            self._drip(self.urls[url].read_text(), part, report)
            sha256, size_bytes = hash_file(part)
            arrived = True
            return Downloaded(Received(part, sha256, size_bytes), self.urls[url].name)
        finally:
            if not arrived:
                part.unlink(missing_ok=True)

    def _drip(self, text: str, path: Path, report: Report | None) -> None:
        with path.open("w") as file:
            for part in range(10):
                file.write(text[len(text) * part // 10 : len(text) * (part + 1) // 10])
                file.flush()
                if report is not None:
                    report(part / 10)
                time.sleep(self.delay_s / 10)

    def _read(self, source: Path) -> None:
        if not source.is_file():
            raise MediaMissing("This file is no longer where it was. Add it again.")

    def _called(self, call: str, about: str = "") -> None:
        self.faults.meet(call)
        self.diary.note(call, about)


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text)
    os.replace(draft, path)
