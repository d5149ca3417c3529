"""An in-memory library with the façade's names, so that pages can be seen and tested by themselves.

It keeps videos and jobs in dictionaries and finds moments by the words of titles and tags; every
file it links to is real.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from core.errors import InputRefused, NotFound
from core.library_model import Added, LibraryStatus, RebuildReport
from core.model import (
    Job,
    JobState,
    MediaInfo,
    Query,
    Results,
    Segment,
    Video,
)
from tests.ui.answering import WORDS, answer, cut, standing
from tests.ui.clips import write_clip, write_still
from tests.ui.engine_stand_in import StandInEngine
from tests.ui.relinking_stand_in import StandInRelinking
from tests.ui.searches_stand_in import StandInSearches
from tests.ui.shots_stand_in import StandInShots
from tests.ui.sprites_stand_in import StandInSprites

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class StandIn(StandInEngine, StandInSearches, StandInSprites, StandInRelinking, StandInShots):
    """Answers like `core.library.Library`; ``fault`` makes the next searches raise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = SimpleNamespace(
            import_roots=(),
            max_upload_bytes=20 * 1024**3,
            max_duration_s=14400.0,
            link_lifetime_s=60,
            price_per_minute=0.5,
            currency="USD",
            fit=False,
            data_dir=folder / "data",
            relink_from="",
            relink_to="",
        )
        self._videos: dict[str, Video] = {}
        self._files: dict[str, Path] = {}
        self._samples: dict[str, Path] = {}
        self._at_start: dict[str, Video] = {}
        self.reset()

    # -- filling it --

    def reset(self) -> None:
        """Be as after filling it: what tests did since is forgotten."""
        self._videos = dict(self._at_start)
        self._jobs: list[Job] = []
        self.fault: Exception | None = None
        self.good_match = True
        self.searches = self.listed = 0
        self.reset_engine()
        self.reset_searches()
        self.reset_relinking()
        self.reset_sprites()
        self.reset_shots()
        self.generation = 1
        self.calls: list[tuple[Any, ...]] = []
        self.queries: list[Query] = []
        self.last_query = Query(())
        self.log = ["2026-11-20 12:00:00,000 INFO core.indexing job.ready video=abc"]

    def put(self, title: str, path: Path, **changes: Any) -> Video:
        video_id = hashlib.sha256(str(path).encode() + title.encode()).hexdigest()[:32]
        import av

        with av.open(str(path)) as opened:
            stream = opened.streams.video[0]
            duration_s = float(opened.duration or 0) / av.time_base
            media = MediaInfo(
                duration_s,
                stream.width,
                stream.height,
                Fraction(stream.average_rate or 25),
                "h264",
                playable=True,
                start_timecode=stream.metadata.get("timecode"),
            )
        video = Video(
            id=video_id,
            title=title,
            sha256=video_id * 2,
            size_bytes=path.stat().st_size,
            media=media,
            added_at=NOW - timedelta(minutes=len(self._videos)),
            indexed_at=NOW,
            status="ready",
            recipe="stand-in",
            segment_count=len(cut(duration_s)),
            paths=(str(path),),
        )
        video = replace(video, **changes)
        self._videos[video_id] = self._at_start[video_id] = video
        self._files[video_id] = path
        return video

    def fill(self) -> None:
        for number, (word, colour) in enumerate(WORDS.items()):
            path = self.folder / f"{word}.mp4"
            if not path.exists():
                write_clip(path, colour=colour, seconds=12 + 4 * number)
            self.put(
                f"{word.title()} study", path, tags=(word,), category="studies" if number % 2 else "colour"
            )

    def job(self, video: Video | None, state: JobState, **changes: Any) -> Job:
        job = Job(
            id=f"job{len(self._jobs)}",
            title=video.title if video else "download",
            created_at=NOW,
            updated_at=NOW,
            state=state,
            video_id=video.id if video else None,
            **changes,
        )
        self._jobs.insert(0, job)
        if video:
            self._videos[video.id] = replace(video, status=job.state)
        return job

    def change(self, video: Video) -> None:
        self._videos[video.id] = video
        self._files.setdefault(video.id, next(iter(self._files.values())))

    def give_subtitles(self, title: str) -> None:
        video = next(one for one in self.videos() if one.title == title)
        self.change(replace(video, has_subtitles=True))

    def finish_jobs(self) -> None:
        for job in self.jobs(active_only=True):
            self._end(job.id, "ready")

    def forget_jobs(self, video_id: str) -> None:
        self._jobs = [job for job in self._jobs if job.video_id != video_id]

    # -- the façade --

    def videos(self) -> list[Video]:
        return list(self._videos.values())

    def video(self, video_id: str) -> Video:
        if video_id not in self._videos:
            raise NotFound("This video is no longer in the library. Choose another one.")
        return self._videos[video_id]

    def edit(self, video_id: str, *, clear: Iterable[str] = (), **changes: Any) -> Video:
        self.calls.append(("edit", video_id, changes, tuple(clear)))
        kept = {name: value for name, value in changes.items() if value is not None} | dict.fromkeys(clear)
        if "tags" in kept:
            kept["tags"] = tuple(kept["tags"])
        self._videos[video_id] = replace(self.video(video_id), **kept)
        return self._videos[video_id]

    def reindex(self, video_id: str) -> Job:
        self.calls.append(("reindex", video_id))
        return self.job(self.video(video_id), "queued")

    def delete(self, video_id: str, *, keep_embeddings: bool = False) -> None:
        self.calls.append(("delete", video_id, keep_embeddings))
        del self._videos[video_id]

    def add_url(self, url: str, *, batch_id: str | None = None, fit: bool | None = None, **_: Any) -> Job:
        self.calls.append(("add_url", url))
        self.fits.append(fit)
        self.joined.append(batch_id)
        if not url.startswith("http"):
            raise InputRefused(f"“{url}” is not a web address. Use one that begins with https://.")
        return self.job(None, "queued", source_url=url)

    def add_folder(
        self, path: Path | str, *, batch_id: str | None = None, fit: bool | None = None, **_: Any
    ) -> list[Added]:
        self.calls.append(("add_folder", str(path)))
        self.fits.append(fit)
        self.joined.append(batch_id)
        return [Added("one.mp4", self.videos()[0] if self._videos else None, False)]

    def add_demo(self) -> list[Added]:
        self.fill()
        return [Added(video.title, video, False) for video in self.videos()]

    def jobs(self, active_only: bool = False) -> list[Job]:
        self.listed += 1
        return [job for job in self._jobs if not (active_only and job.ended)]

    def cancel(self, job_id: str) -> None:
        self._end(job_id, "cancelled")

    def retry(self, job_id: str) -> Job:
        return self._end(job_id, "queued")

    def fit(self, video_id: str) -> Job:
        self.calls.append(("fit", video_id))
        self.change(replace(self.video(video_id), fit=True))
        return self.job(self.video(video_id), "queued")

    def fit_helps(self, video_id: str) -> bool:
        video = self.video(video_id)
        return self.offers_fitting and not video.fit and video.media.height < 360

    def _end(self, job_id: str, state: JobState) -> Job:
        self.calls.append((state, job_id))
        index = next(i for i, job in enumerate(self._jobs) if job.id == job_id)
        self._jobs[index] = replace(self._jobs[index], state=state)
        if video_id := self._jobs[index].video_id:
            self._videos[video_id] = replace(self._videos[video_id], status=state)
        return self._jobs[index]

    def search(self, query: Query) -> Results:
        self.searches += 1
        self.queries.append(query)
        if self.fault is not None:
            raise self.fault
        return answer(query, self.videos(), good_match=self.good_match)

    def relevance(self, query: Query, video_id: str) -> list[tuple[Segment, float]]:
        self.last_query = query
        if self.fault is not None:
            raise self.fault
        return [(s, 1.1 if n % 3 == 1 else 0.2 * (n % 3)) for n, s in enumerate(self.segments(video_id))]

    def segments(self, video_id: str) -> list[Segment]:
        return cut(self.video(video_id).duration_s)

    def sample_suffixes(self) -> tuple[str, ...]:
        return (".mp4", ".webm", ".jpg", ".png")

    def keep_sample(self, name: str, content: bytes) -> str:
        if not content:
            raise InputRefused("This sample is empty. Choose another file.")
        sample_id = hashlib.sha256(content).hexdigest()[:32]
        self._samples[sample_id] = self.folder / f"{sample_id}{Path(name).suffix}"
        self._samples[sample_id].write_bytes(content)
        return sample_id

    def sample_path(self, sample_id: str) -> Path:
        if sample_id not in self._samples:
            raise NotFound("The sample of this search is no longer here. Add it again.")
        return self._samples[sample_id]

    def sample_kind(self, sample_id: str) -> Literal["clip", "image"]:
        return "image" if self.sample_path(sample_id).suffix in (".jpg", ".png") else "clip"

    def vocabulary(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if self.engine.name != "preview":
            return ()
        return (("colours", ("red", "green", "blue", "sand")), ("light", ("night",)))

    def play_link(self, video_id: str) -> str:
        return f"/api/media/play-{video_id}-{self.generation}"

    def poster_link(self, video_id: str) -> str:
        return self.thumbnail_link(video_id, min(2.0, self.video(video_id).duration_s / 2))

    def thumbnail_link(self, video_id: str, at_s: float) -> str:
        return f"/api/media/thumb-{video_id}-{round(at_s * 1000)}"

    def subtitles_link(self, video_id: str) -> str | None:
        return f"/api/media/subtitles-{video_id}" if self.video(video_id).has_subtitles else None

    def upload_link(self) -> str:
        return f"/api/upload?token={self.generation}"

    def subtitles_upload_link(self) -> str:
        return f"/api/upload/subtitles?token={self.generation}"

    def source_path(self, video_id: str) -> Path:
        return self._files[video_id]

    def still(self, video_id: str, at_ms: int) -> Path:
        target = self.folder / "stills" / f"{video_id}-{at_ms}.jpg"
        if not target.exists():
            write_still(self._files[video_id], target, at_ms / 1000)
        return target

    def rebuild(self) -> RebuildReport:
        self.calls.append(("rebuild",))
        return RebuildReport(len(self._videos), sum(video.segment_count for video in self.videos()))

    def status(self) -> LibraryStatus:
        return standing(self.videos(), len(self.jobs(active_only=True)), self.fault, self.engine)

    def log_tail(self, lines: int = 200) -> list[str]:
        return self.log[-lines:]
