"""Tasks at Twelve Labs: started once for each ticket, and asked about until they have ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from core.embedding.port import TaskStatus
from core.embedding.twelvelabs.adoption import Found, Intent, Seen, digest, look_for, wanted
from core.embedding.twelvelabs.asking import Ages
from core.embedding.twelvelabs.failures import failed_status
from core.embedding.twelvelabs.outstanding import Outstanding
from core.errors import CuepointError, EngineOutcomeUnknown, EngineRefused, EngineUnavailable, NotFound

if TYPE_CHECKING:
    from core.embedding.port import SaveTicket, Source
    from core.embedding.twelvelabs.calls import Calls
    from core.embedding.twelvelabs.options import ModelRules
    from core.model import Ticket

log = logging.getLogger(__name__)

GRACE_S: Final = 5.0
"""How long after a request the provider is given to list the task that came of it."""

_UNDECIDED: Final = timedelta(minutes=10)
_LOOK_AGAIN_S: Final = 2.0
_KEPT: Final = timedelta(days=7)
_LOOKING: Final = "Twelve Labs did not say whether it began. Cuepoint looks before it asks again."


class Tasks:
    """Starts tasks once and only once, as far as the provider lets anybody know, and asks about them.

    ``known_tasks`` gives the ids that the jobs of the catalog hold. `core.embedding.twelvelabs.adoption`
    says what cannot be known.
    """

    def __init__(
        self,
        calls: Calls,
        rules: ModelRules,
        known_tasks: Callable[[], frozenset[str]],
        *,
        grace_s: float = GRACE_S,
    ) -> None:
        self._calls = calls
        self._rules = rules
        self._known_tasks = known_tasks
        self._grace_s = grace_s
        self._ages = Ages()
        self._outstanding = Outstanding()

    def submit(self, source: Source, ticket: Ticket, save: SaveTicket) -> Ticket:
        """Start the task of a ticket, or find the one that was started for it; return it with ``task_id``.

        Raises: EngineOutcomeUnknown where it may have been started, or may yet be listed: call again
        after ``retry_after_s``, with the ticket as it was saved. EngineError of every other kind where
        it was certainly not started. Whatever ``save`` raises.
        """
        if ticket.task_id is not None:
            return ticket
        intent = Intent(ticket.name or "", _now(), digest(self._rules.task_request(source, "")))
        request = self._rules.task_request(source, ticket.asset_id or "")
        task = wanted(request, intent.name, source.media.duration_s)
        if ticket.intent is not None:
            task_id = self._adopted(_read(ticket.intent, intent), intent.request, task)
            if task_id is not None:
                log.info("engine.task_adopted task=%s", task_id)
                return self._settled(replace(ticket, task_id=task_id, intent=None), save)
        return self._started(request, task, intent, ticket, save)

    def poll(self, ticket: Ticket) -> TaskStatus:
        """Return how a task is doing; the next question is due later the older it is.

        Raises: NotFound where the provider has forgotten it (after 7 days), and EngineError.
        """
        task_id = ticket.task_id or ""
        task = self._calls.harmless("task", lambda: self._calls.sdk.embed.v_2.tasks.retrieve(task_id))
        if task.status == "processing":
            return TaskStatus("processing", poll_after_s=self._ages.ask_again_after_s(task_id))
        if task.status == "ready":
            self._ages.done(task_id)
            return TaskStatus("ready", progress=1.0)
        self._ages.forget(task_id)
        return failed_status(task.error.message if task.error else None)

    # -- starting --

    def _started(
        self, request: dict[str, Any], task: Seen, intent: Intent, ticket: Ticket, save: SaveTicket
    ) -> Ticket:
        """Send the request once. What is saved before and after says what a later look has to find."""
        ticket = replace(ticket, intent=intent.text())
        with self._outstanding.sending(intent.name, task.duration_s):
            save(ticket)
            try:
                created = self._calls.once(
                    "start task", lambda: self._calls.sdk.embed.v_2.tasks.create(**request)
                )
            except EngineOutcomeUnknown as exc:
                save(replace(ticket, intent=replace(intent, ended_at=_now()).text()))
                raise EngineOutcomeUnknown(_LOOKING, self._grace_s) from exc
            except CuepointError as exc:
                self._outstanding.settle(intent.name)
                save(replace(ticket, intent=None))
                if isinstance(exc, NotFound | EngineRefused) and self._is_gone(ticket.asset_id or ""):
                    message = "Twelve Labs no longer has the uploaded file; it is sent again."
                    raise EngineUnavailable(message, _LOOK_AGAIN_S) from exc
                raise
            return self._settled(replace(ticket, task_id=created.id, intent=None), save)

    def _is_gone(self, asset_id: str) -> bool:
        """Return whether an asset is not there. Source: a task for such a one is refused with a 400."""
        try:
            self._calls.harmless("asset", lambda: self._calls.sdk.assets.retrieve(asset_id))
        except NotFound:
            return True
        return False

    def _settled(self, ticket: Ticket, save: SaveTicket) -> Ticket:
        save(ticket)
        self._outstanding.settle(ticket.name or "")
        self._ages.age_s(ticket.task_id or "")
        return ticket

    # -- looking first --

    def _adopted(self, intent: Intent, request: str, task: Seen) -> str | None:
        """Return the task that was started with this intent, None where another may be started.

        Raises: EngineOutcomeUnknown where it is too early to say.
        """
        if intent.request != request:
            # Settings or subtitles have changed: what was asked for then is not what is wanted now.
            return None
        visited_s = self._outstanding.visit(intent.name, task.duration_s)
        found = look_for(self._calls, task, intent.at, self._known_tasks)
        if found.task is not None:
            return found.task.task_id
        passed = _now() - intent.newest
        # The clock may have been set back since; the time in this process counts as well.
        early_s = self._grace_s - max(passed.total_seconds(), visited_s)
        if early_s > 0:
            raise EngineOutcomeUnknown(_LOOKING, early_s)
        if found.undecided and passed < _UNDECIDED:
            raise EngineOutcomeUnknown(_LOOKING, _LOOK_AGAIN_S)
        return self._nameless(found, task, visited_s)

    def _nameless(self, found: Found, task: Seen, visited_s: float) -> str | None:
        """Return the only task of this length, where no other job of ours may have started it.

        Where several wait for one of the same length, none of them is given away: a wrong one would put
        the embeddings of one video under another, which is worse than paying twice.

        Raises: EngineOutcomeUnknown while another job is about to learn its own task, or may not have
        come forward yet since the start of this process.
        """
        if not found.nameless:
            return None
        others = self._outstanding.others(task.name or "", task.duration_s)
        known = self._known_tasks()
        if any(seen.task_id in known for seen in found.nameless):
            raise EngineOutcomeUnknown(_LOOKING, _LOOK_AGAIN_S)
        if visited_s < self._grace_s:
            raise EngineOutcomeUnknown(_LOOKING, self._grace_s - visited_s)
        if others.sending:
            raise EngineOutcomeUnknown(_LOOKING, _LOOK_AGAIN_S)
        if others.unknown or len(found.nameless) > 1:
            log.warning("engine.task_not_told_apart candidates=%d", len(found.nameless))
            return None
        return found.nameless[0].task_id


def _read(text: str, now: Intent) -> Intent:
    try:
        return Intent.read(text)
    except (ValueError, TypeError):
        # Saved by another version: it may have been any time while the provider keeps tasks.
        return replace(now, at=now.at - _KEPT)


def _now() -> datetime:
    return datetime.now(UTC)
