"""The Twelve Labs engine: the port's steps, each done by the part that knows how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

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
from core.embedding.twelvelabs import sentences
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.examples import Examples
from core.embedding.twelvelabs.limits import check_video
from core.embedding.twelvelabs.options import ModelRules
from core.embedding.twelvelabs.queries import Queries
from core.embedding.twelvelabs.results import Results
from core.embedding.twelvelabs.tasks import Tasks
from core.embedding.twelvelabs.uploading import Uploads
from core.errors import EngineBusy
from core.layout import Layout
from core.model import Embedding, Modality, Segment, Space, Ticket

_NAME: Final = "Twelve Labs"
_STUCK_AFTER: Final = 15
"""Times the time-out of an answer, after which an upload that is still being checked is sent again."""


class TwelveLabsEmbedder:
    """Implements `core.embedding.port.Embedder` with Marengo. Safe for many threads.

    Opens without a key, so that a library can be browsed; what needs one then raises
    EngineUnauthorized. ``known_tasks`` gives the ids of tasks that jobs hold, so that the task of
    another video is never adopted.

    Raises: SettingsError where the settings do not go together with the model.
    """

    def __init__(self, settings: Settings, *, known_tasks: Callable[[], frozenset[str]] = frozenset) -> None:
        self._rules = rules = ModelRules(settings)
        self._calls = calls = Calls(settings)
        self._uploads = Uploads(
            calls,
            # What lies in this folder at a start is a leftover and removed there.
            Layout(settings.data_dir.absolute()).incoming,
            stuck_after_s=_STUCK_AFTER * settings.engine_timeout_s,
        )
        self._tasks = Tasks(calls, rules, known_tasks)
        self._results = Results(calls, rules.space.dimension)
        self._queries = Queries(calls, rules, Examples(settings, rules.limits))
        self._concurrency = Concurrency(uploads=settings.uploads, tasks=settings.tasks)

    @property
    def space(self) -> Space:
        return self._rules.space

    @property
    def modalities(self) -> tuple[Modality, ...]:
        return self._rules.modalities

    @property
    def limits(self) -> QueryLimits:
        return self._rules.limits

    @property
    def billable(self) -> bool:
        return True

    @property
    def combines(self) -> bool:
        return self._rules.one_vector

    @property
    def concurrency(self) -> Concurrency:
        return self._concurrency

    @staticmethod
    def vocabulary() -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return nothing: Marengo takes any words."""
        return ()

    # -- videos --

    def recipe(self, source: Source) -> str:
        """Return e.g. ``scenes4-visual-audio-clip``; see `ModelRules.recipe`."""
        return self._rules.recipe(source)

    def check(self, source: Source) -> None:
        """Refuse what Marengo would refuse, before anything is sent. Raises: MediaOutOfLimits."""
        check_video(source)
        self._rules.check(source)

    def upload(self, source: Source, ticket: Ticket, save: SaveTicket, report: Report) -> Ticket:
        """Return a ticket with the asset; see `Uploads.upload`."""
        return self._uploads.upload(source, ticket, save, report)

    def poll_upload(self, ticket: Ticket) -> TaskStatus:
        """Return whether the asset can be used; see `Uploads.poll`."""
        return self._uploads.poll(ticket)

    def submit(self, source: Source, ticket: Ticket, save: SaveTicket) -> Ticket:
        """Return a ticket with the task, started once; see `Tasks.submit`."""
        return self._tasks.submit(source, ticket, save)

    def poll(self, ticket: Ticket) -> TaskStatus:
        """Return how the task is doing; see `Tasks.poll`."""
        return self._tasks.poll(ticket)

    def collect(self, source: Source, ticket: Ticket, report: Report) -> Sequence[Embedding]:
        """Return checked embeddings; see `Results.collect`."""
        return self._results.collect(source, ticket, report)

    def release(self, ticket: Ticket) -> None:
        """Delete our asset there; see `Uploads.release`."""
        self._uploads.release(ticket)

    # -- queries --

    def embed_text(self, text: str) -> QueryVectors:
        """Return vectors of words; see `Queries.text`."""
        return self._queries.text(text)

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        """Return vectors of a stretch of a video, or of a sound file; see `Queries.clip`."""
        return self._queries.clip(path, segment)

    def embed_image(self, path: Path) -> QueryVectors:
        """Return the vector of a picture; see `Queries.image`."""
        return self._queries.image(path)

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        """Return Marengo's own combination, on 3.5; see `Queries.together`."""
        return self._queries.together(text, samples)

    # -- the engine itself --

    def state(self) -> EngineState:
        """Return what the newest answer says; asks nobody."""
        error = self._calls.health.trouble
        if not self._calls.has_key:
            message = sentences.NO_KEY
        elif error is not None:
            message = error.message
        else:
            message = sentences.WORKS if self._calls.health.answered else sentences.NOT_ASKED_YET
        rules = self._rules
        return EngineState(
            name=_NAME,
            model=rules.model,
            ready=self._calls.has_key and (error is None or isinstance(error, EngineBusy)),
            message=message,
            needs_key=not self._calls.has_key,
            details={
                "Model": rules.model,
                "Vectors": f"{rules.space.dimension} numbers",
                "Embedded": ", ".join(rules.modalities),
                "Segments": rules.segmentation_text,
                "Scopes": ", ".join(rules.scopes),
            },
        )

    def close(self) -> None:
        """Close the connections; calls that are under way fail."""
        self._calls.close()
