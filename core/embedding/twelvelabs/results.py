"""The embeddings of a finished task, each of them checked before anything keeps them."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from core.errors import EngineUnavailable, NotFound
from core.model import MODALITIES, Embedding, Modality, Scope, Segment, Vector

if TYPE_CHECKING:
    from twelvelabs.types.embedding_data import EmbeddingData
    from twelvelabs.types.embedding_task_response import EmbeddingTaskResponse

    from core.embedding.port import Report, Source
    from core.embedding.twelvelabs.calls import Calls
    from core.model import Ticket

log = logging.getLogger(__name__)

_FETCHES: Final = 3
_PAUSE_S: Final = 0.5
_LEAST_NORM: Final = 1e-6
_CLOCKS_ROUND_S: Final = 0.5
_SCOPES: Final[tuple[Scope, ...]] = ("clip", "asset")


class UnusableResult(Exception):
    """An embedding that cannot be kept; the text is for the log."""


class Results:
    """Fetches what tasks came to. ``dimension`` is that of the space."""

    def __init__(self, calls: Calls, dimension: int) -> None:
        self._calls = calls
        self._dimension = dimension

    def collect(self, source: Source, ticket: Ticket, report: Report) -> Sequence[Embedding]:
        """Return all embeddings of a ready task: finite, of unit length, within the video.

        A result with a single unusable row is fetched again, twice at most; nothing is left out. It is
        paid for by now, so a wish to stop is heard only before it is fetched again.

        Raises: EngineUnavailable where it stays unusable, NotFound where the task is gone, whatever
        ``report`` raises, and EngineError.
        """
        for fetch in range(_FETCHES):
            if fetch:
                report(fetch / _FETCHES)
                time.sleep(_PAUSE_S * fetch)
            task = self._fetched(ticket)
            try:
                embeddings = checked(task, self._dimension, source.media.duration_s)
            except UnusableResult as exc:
                log.warning("engine.result_unusable task=%s fetch=%d why=%s", ticket.task_id, fetch + 1, exc)
                continue
            return embeddings
        raise EngineUnavailable(
            "Twelve Labs sent embeddings of this video that cannot be used. They are fetched again."
        )

    def _fetched(self, ticket: Ticket) -> EmbeddingTaskResponse:
        task_id = ticket.task_id or ""
        task = self._calls.harmless("result", lambda: self._calls.sdk.embed.v_2.tasks.retrieve(task_id))
        if task.status == "failed":
            raise NotFound("Twelve Labs no longer has the embeddings of this video. Press Try again.")
        return task


def checked(task: EmbeddingTaskResponse, dimension: int, duration_s: float) -> list[Embedding]:
    """Return every embedding of a ready task, of unit length. Raises: UnusableResult for a single bad one.

    Where the sound outlasts the picture, the provider goes on cutting: what lies behind the end of the
    video, where there is nothing to watch, is left out and logged.
    """
    if task.status != "ready" or not task.data:
        raise UnusableResult("nothing there")
    found = [_embedding(row, dimension, duration_s) for row in task.data]
    embeddings = [each for each in found if each.segment.start_s < duration_s]
    if not embeddings:
        raise UnusableResult("nothing within the video")
    if len(embeddings) < len(found):
        log.info("engine.behind_the_end task=%s rows=%d", task.id, len(found) - len(embeddings))
    keys = {
        (embedding.modality, embedding.scope, embedding.segment.start_ms, embedding.segment.end_ms)
        for embedding in embeddings
    }
    if len(keys) < len(embeddings):
        raise UnusableResult("the same segment twice")
    return embeddings


def _embedding(row: EmbeddingData, dimension: int, duration_s: float) -> Embedding:
    if row.embedding_option not in MODALITIES:
        raise UnusableResult("unknown modality")
    if row.embedding_scope not in _SCOPES:
        raise UnusableResult("unknown scope")
    scope, modality = cast("Scope", row.embedding_scope), cast("Modality", row.embedding_option)
    whole = scope == "asset"
    segment = Segment(0.0, duration_s) if whole else _segment(row.start_sec, row.end_sec, duration_s)
    return Embedding(_vector(row.embedding, dimension), segment, modality, scope)


def _vector(values: Sequence[float], dimension: int) -> Vector:
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (dimension,):
        raise UnusableResult(f"{vector.size} numbers instead of {dimension}")
    if not np.isfinite(vector).all():
        raise UnusableResult("not finite")
    norm = float(np.linalg.norm(vector))
    if not _LEAST_NORM < norm < np.inf:
        raise UnusableResult("no direction")
    return (vector / norm).astype(np.float32)


def _segment(start_s: float | None, end_s: float | None, duration_s: float) -> Segment:
    """Return a segment, cut off at the end of the video; one that begins behind the end stays as it is."""
    if start_s is None or end_s is None or not np.isfinite([start_s, end_s]).all():
        raise UnusableResult("no times")
    if start_s < -_CLOCKS_ROUND_S:
        raise UnusableResult("before the video")
    begin, end = max(0.0, start_s), end_s
    if begin < duration_s:
        end = min(end, duration_s)
    if end <= begin:
        raise UnusableResult("no length")
    return Segment(begin, end)
