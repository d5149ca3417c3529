"""A whole indexing pipeline over fakes, in one folder, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.catalog.catalog import Catalog, NewVideo, utc_now, video_id_of
from core.config import Settings
from core.indexing.patience import Patience
from core.indexing.pipeline import Pipeline
from core.indexing.worker import Worker
from core.layout import Layout
from core.media.incoming import hash_file
from core.model import Job, Video
from core.vectors.archive import Archive
from core.vectors.memory import MemoryIndex
from core.vectors.port import VectorIndex
from tests.fakes import Diary, FakeClock, FakeEmbedder, FakeMedia, write_fake_video


class Bench:
    """Everything that indexing stands on, below ``folder``; what a test wants otherwise it passes in."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        patience: Patience | None = None,
        index: VectorIndex | None = None,
        workers: int = 2,
        media_delay_s: float = 0.0,
        settings: Mapping[str, Any] | None = None,
        **engine: Any,
    ) -> None:
        self.films = folder / "films"
        self.films.mkdir(exist_ok=True)
        self.layout = Layout(folder / "data")
        self.layout.create()
        self.settings = Settings(data_dir=self.layout.root, workers=workers, **(settings or {}))
        self.catalog = Catalog(self.settings.catalog_url, clock=clock)
        self.archive = Archive(self.layout.archive)
        self.index = index or MemoryIndex()
        self.embedder = FakeEmbedder(folder / "provider", archive=self.archive, **engine)
        self.urls: dict[str, Path] = {}
        self.media = FakeMedia(Diary(folder / "media.txt"), delay_s=media_delay_s, urls=self.urls)
        self.pipeline = Pipeline(
            catalog=self.catalog,
            archive=self.archive,
            index=self.index,
            embedder=self.embedder,
            layout=self.layout,
            settings=self.settings,
            media=self.media.tools(),
            patience=patience,
            clock=clock,
        )
        self.worker = Worker(self.pipeline, self.catalog, self.settings, clock=clock)

    def close(self) -> None:
        self.worker.stop(timeout_s=10)
        self.catalog.close()

    # -- videos --

    def new_video(self, name: str, **film: Any) -> NewVideo:
        """Return a video whose file stays where it is, as adding it by its path would describe it."""
        path = write_fake_video(self.films / f"{name}.mp4", name, **film)
        sha256, size_bytes = hash_file(path)
        return NewVideo(
            id=video_id_of(sha256), sha256=sha256, size_bytes=size_bytes, title=name,
            media=self.media.probe(path, self.settings), path=str(path),
        )  # fmt: skip

    def add(self, name: str = "film", batch_id: str | None = None, **film: Any) -> tuple[Video, Job]:
        """Add a video with its job."""
        return self.catalog.add_video_with_job(self.new_video(name, **film), batch_id=batch_id)

    def add_url(self, name: str = "film", details: str = "", **film: Any) -> Job:
        """Add the job of an address that leads to a video of this name."""
        url = f"https://films.example/{name}"
        self.urls[url] = write_fake_video(self.films / f"remote-{name}.mp4", name, **film)
        return self.catalog.add_job(source_url=url, details=details)

    # -- jobs --

    def until(self, job: Job, state: str) -> Job:
        """Advance a job until it is in a state."""
        for _ in range(20):
            if job.state == state:
                return job
            job = self.pipeline.advance(job)
        raise AssertionError(f"still {job.state}: {job.message}")

    def run(self, job: Job) -> Job:
        """Advance a job until it has ended or waits."""
        for _ in range(40):
            job = self.pipeline.advance(job)
            if job.ended or job.not_before is not None:
                return job
        raise AssertionError(f"still {job.state}: {job.message}")

    # -- what is there --

    def row_count(self, video: Video) -> int:
        return self.index.count(self.embedder.space, video.id)

    def files(self) -> set[str]:
        """Return every file that belongs to videos, relative to the data folder."""
        folders = (self.layout.media, self.layout.originals, self.layout.incoming, self.layout.archive)
        root = self.layout.root
        return {str(p.relative_to(root)) for f in folders for p in f.rglob("*") if p.is_file()}


def run_through(bench: Bench, clock: FakeClock, job: Job) -> Job:
    """Advance a job to its end, letting the time of every waiting pass."""
    for _ in range(60):
        job = bench.run(job)
        if job.ended:
            return job
        assert job.not_before is not None
        clock.now = max(clock.now, job.not_before)
    raise AssertionError("never ended")
