"""Finding a task that may have been started, before another one is started and billed.

Creating a task cannot be repeated safely, and nothing of ours goes into it but the file's name. So
the wish is saved before the request, and whoever finds a wish without a task looks here first.

What remains open: a task that the provider lists later than the grace of `Tasks` after the request is
not found, and its video is then billed twice. Nothing on our side can close that window.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from twelvelabs.core.jsonable_encoder import jsonable_encoder

from core.embedding.twelvelabs.asking import PAGE_LIMIT, all_pages
from core.errors import NotFound

if TYPE_CHECKING:
    from twelvelabs.types.media_embedding_task import MediaEmbeddingTask

    from core.embedding.twelvelabs.calls import Calls

log = logging.getLogger(__name__)

_CLOCKS_DIFFER: Final = timedelta(minutes=10)
_SAME_DURATION_S: Final = 0.5
_FUSED: Final = "fused"


@dataclass(frozen=True, slots=True)
class Intent:
    """The wish to start a task, as it is saved in the ticket before the request."""

    name: str
    at: datetime
    request: str
    """Digest of what was asked for: a task of other options is not ours to take."""
    ended_at: datetime | None = None
    """When the request came back without an answer that says what happened."""

    @property
    def newest(self) -> datetime:
        return self.ended_at or self.at

    def text(self) -> str:
        ended = {"ended_at": self.ended_at.isoformat()} if self.ended_at else {}
        return json.dumps({"name": self.name, "at": self.at.isoformat(), "request": self.request} | ended)

    @classmethod
    def read(cls, text: str) -> Intent:
        """Return a saved intent. Raises: ValueError where it is none of ours."""
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("not an intent")
        ended = found.get("ended_at")
        return cls(
            str(found.get("name", "")),
            _utc(str(found.get("at", ""))),
            str(found.get("request", "")),
            _utc(str(ended)) if ended else None,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as far as the provider shows it; what it does not show is None, and fits everything."""

    task_id: str
    status: str | None = None
    model: str | None = None
    created_at: datetime | None = None
    name: str | None = None
    url: str | None = None
    options: frozenset[str] | None = None
    scopes: frozenset[str] | None = None
    duration_s: float | None = None

    def fits(self, wanted: Seen) -> bool:
        """Return whether nothing that is shown contradicts what is wanted, names and length aside."""
        return (
            self.model in (None, wanted.model)
            and self.options in (None, wanted.options)
            and self.scopes in (None, wanted.scopes)
        )

    def lasts(self, wanted: Seen) -> bool | None:
        """Return whether it is of the wanted length, None where that is not shown."""
        if self.duration_s is None or wanted.duration_s is None:
            return None
        return abs(self.duration_s - wanted.duration_s) <= _SAME_DURATION_S


@dataclass(frozen=True, slots=True)
class Found:
    """What looking came to; all empty where there is no task that could be ours."""

    task: Seen | None = None
    """Certainly ours: it bears our file's name."""
    nameless: tuple[Seen, ...] = ()
    """Tasks of this length that nobody else knows, where the provider names no files at all."""
    undecided: bool = False
    """There is a task that does not show yet what it is."""


def wanted(request: dict[str, Any], name: str, duration_s: float) -> Seen:
    """Return how the task of a request will be shown."""
    video = request["video"]
    return Seen(
        task_id="",
        model=request["model_name"],
        name=name,
        options=_set(video.embedding_option),
        scopes=_set(video.embedding_scope),
        duration_s=duration_s,
    )


def digest(request: dict[str, Any]) -> str:
    """Return a short digest of a request; the same request gives the same."""
    text = json.dumps(jsonable_encoder(request), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def look_for(calls: Calls, task: Seen, since: datetime, known_tasks: Callable[[], frozenset[str]]) -> Found:
    """Look through the provider's tasks since a moment for one that is wanted. Failed ones are left out.

    A name is ours alone, so a task with our file's name is ours whatever length the provider measured;
    of several (one was listed late, once) the oldest is taken, rather than paying for yet another.

    Raises: what `Calls.harmless` raises.
    Source: `input_filename` is in the list or only on retrieval; clocks differ, so a margin is added.
    """
    started_at = f"{since - _CLOCKS_DIFFER:%Y-%m-%dT%H:%M:%SZ}"
    listed = _listed(calls, started_at)
    known = known_tasks()
    open_to_us = [
        seen for seen in listed if seen.status != "failed" and seen.task_id not in known and seen.fits(task)
    ]
    shown = [_looked_at(calls, seen) for seen in open_to_us if seen.name is None]
    candidates = [seen for seen in open_to_us if seen.name is not None] + [
        seen for seen in shown if seen is not None and seen.status != "failed" and seen.fits(task)
    ]
    ours = [seen for seen in candidates if seen.name == task.name]
    if ours:
        return Found(task=min(ours, key=lambda seen: seen.created_at or datetime.max.replace(tzinfo=UTC)))
    anonymous = [seen for seen in candidates if seen.name is None and seen.url is None]
    names_are_shown = any(seen.name is not None for seen in [*listed, *filter(None, shown)])
    return Found(
        nameless=() if names_are_shown else tuple(seen for seen in anonymous if seen.lasts(task)),
        undecided=any(seen.status == "processing" and seen.lasts(task) is None for seen in anonymous),
    )


def _listed(calls: Calls, started_at: str) -> list[Seen]:
    tasks: Iterable[MediaEmbeddingTask] = all_pages(
        calls,
        "tasks",
        lambda page: calls.sdk.embed.v_2.tasks.list(started_at=started_at, page=page, page_limit=PAGE_LIMIT),
    )
    # A list that grows meanwhile shows an entry twice.
    return list({task.id: _seen(task, task.id) for task in tasks if task.id}.values())


def _seen(task: MediaEmbeddingTask, task_id: str) -> Seen:
    shown = Seen(task_id, task.status, task.model_name, task.created_at)
    metadata = task.video_embedding.metadata if task.video_embedding else None
    if metadata is None:
        return shown
    return replace(
        shown,
        name=metadata.input_filename or None,
        url=metadata.input_url or None,
        options=_set(metadata.video_embedding_option),
        scopes=_set(metadata.video_embedding_scope),
        duration_s=metadata.duration,
    )


def _looked_at(calls: Calls, seen: Seen) -> Seen | None:
    """Return a task with what only retrieving it shows; None where it is gone."""
    try:
        task = calls.harmless("task", lambda: calls.sdk.embed.v_2.tasks.retrieve(seen.task_id))
    except NotFound:
        return None
    metadata = task.metadata
    if metadata is None:
        return replace(seen, status=task.status)
    return replace(
        seen,
        status=task.status,
        name=metadata.input_filename or None,
        url=metadata.input_url or None,
        options=_set(metadata.embedding_options),
        scopes=_set(metadata.embedding_scopes),
        duration_s=getattr(metadata, "duration", None),
    )


def _set(values: Iterable[Any] | None) -> frozenset[str] | None:
    """Return options without `fused`, which may or may not be listed among them; empty means not shown."""
    return frozenset(str(value) for value in values or ()) - {_FUSED} or None


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
