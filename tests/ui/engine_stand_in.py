"""The stand-in's engine: what it costs, its batches, its spaces; tests set what it answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.embedding.port import EngineState
from core.embedding.twelvelabs import sentences
from core.errors import NotFound
from core.library_model import BatchProgress, Estimate, SpaceState, Usage
from core.model import Batch, Modality, Space

PREVIEW = EngineState("preview", "classic-1", True, "The preview engine works without a key.")
MARENGO = EngineState(
    "Twelve Labs",
    "marengo3.5",
    True,
    sentences.WORKS,
    details={"Model": "marengo3.5", "Vectors": "512 numbers", "Embedded": "visual, audio"},
)
NO_KEY = replace(MARENGO, ready=False, needs_key=True, message=sentences.NO_KEY)
PREVIEW_SPACE = Space("preview", "classic-1", 512)
MARENGO_SPACE = Space("twelvelabs", "marengo3.5", 512)
COST = Estimate(videos=12, minutes=84.5, known_videos=3, known_minutes=9.0, price=3.5, currency="USD")
NO_USE = Usage(0.0, 0.0, 0.0, 0.0, 0, 0, None, "USD")
SOME_USE = Usage(41.5, 310.2, 3.0, 60.0, 4, 57, 12.41, "USD")


class StandInEngine:
    """The part of the façade that is about money, batches and spaces."""

    calls: list[tuple[Any, ...]]

    def reset_engine(self) -> None:
        self.engine = PREVIEW
        self.senses: tuple[Modality, ...] = ("visual", "audio")
        self.combines = False
        self.used = NO_USE
        self.told_spaces: list[SpaceState] = [
            SpaceState(PREVIEW_SPACE, 5, 0, True, True, True, "New videos go here.")
        ]
        self.cost = COST
        self.progress: dict[str, BatchProgress] = {}
        self.joined: list[str | None] = []
        self.fits: list[bool | None] = []
        self.problem: str | None = None
        self.asked_batches = 0

    @property
    def offers_fitting(self) -> bool:
        return self.engine.name != PREVIEW.name

    def marengo(self, *, videos: int = 5, missing: int = 0) -> None:
        """Have Marengo chosen with so many videos; until all are there the preview engine's is searched."""
        self.engine = MARENGO
        self.told_spaces = [
            SpaceState(MARENGO_SPACE, videos, missing, True, not missing, True, "New videos go here."),
            SpaceState(PREVIEW_SPACE, videos + missing, 0, False, bool(missing), True, "The old index."),
        ]

    def batch(self, name: str, *, jobs: int = 4, ready: int = 1, **changes: Any) -> Batch:
        """Add a batch; ``changes`` are of the batch (held, paused) or of its progress."""
        of_batch = {one: changes.pop(one) for one in ("held", "paused") if one in changes}
        batch_id = f"{len(self.progress):032x}"
        batch = Batch(batch_id, name, datetime(2026, 11, 20, 12, tzinfo=UTC), **of_batch)
        told = {"failed": 0, "cancelled": 0, "share": ready / jobs if jobs else 0.0, "remaining_s": None}
        self.progress[batch_id] = BatchProgress(batch, jobs, ready, **(told | changes))
        return batch

    def arrange(self, asked: dict[str, Any]) -> None:
        """Do what a test in another process asks for."""
        if "marengo" in asked:
            self.marengo(**asked["marengo"])
        if "batch" in asked:
            self.batch(**asked["batch"])
        if "cost" in asked:
            self.cost = replace(COST, **asked["cost"])
        if asked.get("used"):
            self.used = SOME_USE
        for name in ("combines", "problem"):
            if name in asked:
                setattr(self, name, asked[name])
        if "senses" in asked:
            self.senses = tuple(asked["senses"])
        if asked.get("no_key"):
            self.engine = NO_KEY

    # -- the façade --

    @property
    def billable(self) -> bool:
        return self.engine.name == "Twelve Labs"

    def modalities(self) -> tuple[Modality, ...]:
        return self.senses

    def sample_suffixes(self) -> tuple[str, ...]:
        return (".mp4", ".mov", ".jpg", ".png", *((".mp3", ".wav") if self.billable else ()))

    def blocked(self) -> str | None:
        return self.problem

    def unblock(self) -> None:
        self.calls.append(("unblock",))
        self.problem = None

    def open_batch(self, name: str, *, hold: bool = False) -> Batch:
        self.calls.append(("open_batch", name, hold))
        return self.batch(name, jobs=2, ready=0, held=hold)

    def batches(self, active_only: bool = True) -> list[BatchProgress]:
        self.asked_batches += 1
        return [one for one in self.progress.values() if not (active_only and one.ended)]

    def estimate(self, batch_id: str) -> Estimate:
        self._known(batch_id)
        return self.cost

    def release(self, batch_id: str) -> None:
        self._change("release", batch_id, held=False)

    def pause(self, batch_id: str) -> None:
        self._change("pause", batch_id, paused=True)

    def resume(self, batch_id: str) -> None:
        self._change("resume", batch_id, paused=False)

    def cancel_batch(self, batch_id: str) -> None:
        self.calls.append(("cancel_batch", batch_id))
        self._known(batch_id)
        del self.progress[batch_id]

    def usage(self) -> Usage:
        return self.used

    def spaces(self) -> list[SpaceState]:
        return list(self.told_spaces)

    def estimate_missing(self) -> Estimate:
        return self.cost

    def embed_missing(self, *, hold: bool = False) -> Batch:
        self.calls.append(("embed_missing", hold))
        return self.batch("Embed missing videos", jobs=sum(one.missing for one in self.told_spaces), ready=0)

    def drop_space(self, space_key: str) -> None:
        self.calls.append(("drop_space", space_key))
        self.told_spaces = [one for one in self.told_spaces if one.space.key != space_key]

    def _known(self, batch_id: str) -> BatchProgress:
        if batch_id not in self.progress:
            raise NotFound("This batch is no longer here.")
        return self.progress[batch_id]

    def _change(self, verb: str, batch_id: str, **changes: Any) -> None:
        self.calls.append((verb, batch_id))
        told = self._known(batch_id)
        self.progress[batch_id] = replace(told, batch=replace(told.batch, **changes), waiting=None)
