"""Questions to the insights, answered in the background, one after the other; answers are kept by content."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from core.errors import Cancelled, CuepointError, MediaError, NotFound
from core.insights.keeping import AnswerFolder
from core.insights.questions import ANSWERS, STEPS, Chosen, Question
from core.insights.serving import FIRST, FirstPicture
from core.insights.storing import read_answer
from core.isolation import Bounds, run_isolated
from core.model.insights import InsightRun, Points, RunState

log = logging.getLogger(__name__)

KEPT: Final = 64
"""Answers that are kept in memory."""
FORGOTTEN_S: Final = 30.0
"""A question that waits and that nobody has asked about for so long is not answered."""
LEFT_S: Final = 5.0
"""What is worked out and nobody has asked about for so long makes way for what somebody waits for."""
_BOUNDS: Final = Bounds(timeout_s=3600, memory_bytes=32 * 2**30)
"""Address space, which numpy takes generously; 100,000 segments need about 1 GB of memory."""
_READING: Final = "Reading the embeddings"
_READING_SHARE: Final = 0.3
_TOO_MUCH: Final = (
    "This took more memory or time than there is. Look at fewer videos at once (Filters), then try again."
)
_SURPRISE: Final = "Something went wrong while this was worked out. Try again; the log says more."


@dataclass
class _Kept:
    question: Question
    run: InsightRun[Any]
    asked_at: float
    stop: threading.Event = field(default_factory=threading.Event)


class InsightRuns:
    """All questions since the library was opened; safe to use from several threads.

    ``operate`` runs a child, ``clock`` counts seconds; both are there for tests.
    """

    def __init__(
        self,
        folder: Path,
        archive: Path,
        *,
        operate: Callable[..., Any] = run_isolated,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._archive = AnswerFolder(folder), archive
        self._operate, self._clock = operate, clock
        self._guard = threading.Lock()
        self._work = threading.Condition(self._guard)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._closed = False
        self._thread: threading.Thread | None = None

    # -- what people ask --

    def ask(self, question: Question) -> InsightRun[Any]:
        """Return how the answer stands; one that is not there yet is worked out in the background."""
        with self._guard:
            kept = self._kept.get(question.key)
            if kept is not None:
                kept.asked_at = self._clock()
                self._kept.move_to_end(question.key)
                return kept.run
        answer = self._folder.answer(question)
        state: RunState = "queued" if answer is None else "ready"
        run: InsightRun[Any] = InsightRun(
            uuid4().hex, state, STEPS[question.kind], float(state == "ready"), answer
        )
        with self._guard:
            kept = self._kept.setdefault(question.key, _Kept(question, run, self._clock()))
            self._forget_some()
            if kept.run.state == "queued":
                self._start()
                self._work.notify()
            return kept.run

    def points(self, chosen: Chosen) -> Points | None:
        """Return the chosen rows with their vectors mapped into memory; None where they are not read yet."""
        return self._folder.points(chosen)

    def first_picture(self, chosen: Chosen) -> FirstPicture | None:
        """Return the picture that is there before the map; None where the rows are not read yet."""
        return read_answer(self._folder.of(chosen) / FIRST, FirstPicture)

    def again(self, run_id: str) -> None:
        """Forget a run that failed or was cancelled, so that asking starts anew."""
        with self._guard:
            for key, kept in list(self._kept.items()):
                if kept.run.id == run_id and kept.run.state in ("failed", "cancelled"):
                    del self._kept[key]

    def cancel(self, run_id: str) -> None:
        """Stop a run. One that has ended stays as it is. Raises: NotFound."""
        with self._guard:
            kept = next((one for one in self._kept.values() if one.run.id == run_id), None)
            if kept is None:
                raise NotFound("This is no longer being worked out. Load the page again.")
            kept.stop.set()
            if kept.run.state == "queued":
                kept.run = replace(kept.run, state="cancelled")

    def close(self) -> None:
        """Stop all work, and wait until its child has ended."""
        with self._guard:
            self._closed = True
            for kept in self._kept.values():
                kept.stop.set()
            self._work.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    # -- in the thread --

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._serve, name="cuepoint-insights", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            with self._work:
                kept = self._next()
                while kept is None and not self._closed:
                    self._work.wait(timeout=FORGOTTEN_S)
                    kept = self._next()
                if self._closed or kept is None:
                    return
                kept.run = replace(kept.run, state="running")
            self._answer(kept)

    def _next(self) -> _Kept | None:
        """Return the question that was asked about last; the others of which nobody hears are dropped."""
        waiting = [(key, kept) for key, kept in self._kept.items() if kept.run.state == "queued"]
        for key, kept in waiting:
            if self._clock() - kept.asked_at > FORGOTTEN_S:
                del self._kept[key]
        living = [kept for key, kept in waiting if key in self._kept]
        return max(living, key=lambda one: one.asked_at, default=None)

    def _answer(self, kept: _Kept) -> None:
        question = kept.question
        began = self._clock()
        try:
            answer = self._worked_out(kept)
        except Cancelled:
            self._end(kept, state="cancelled")
        except MediaError:
            # Out of memory, out of time, or dead: what isolation says of it speaks of a file.
            log.warning("insights.stopped kind=%s", question.kind, exc_info=True)
            self._end(kept, state="failed", message=_TOO_MUCH)
        except CuepointError as exc:
            self._end(kept, state="failed", message=exc.message)
        except Exception:
            # The edge of the thread: the traceback is for the log, a sentence for the person.
            log.exception("insights.broken kind=%s", question.kind)
            self._end(kept, state="failed", message=_SURPRISE)
        else:
            self._end(kept, state="ready", progress=1.0, result=answer)
            log.info("insights.answered kind=%s seconds=%.1f", question.kind, self._clock() - began)

    def _worked_out(self, kept: _Kept) -> Any:
        question = kept.question
        chosen, folder = question.chosen, self._folder.of(question.chosen)
        begins = 0.0
        if self._folder.points(chosen) is None:
            self._folder.make_room(folder)
            self._change(kept, step=_READING)
            request = {
                "folder": str(folder),
                "archive": str(self._archive),
                "space": [chosen.space.engine, chosen.space.model, chosen.space.dimension],
                "modality": chosen.modality,
                "videos": [list(one) for one in chosen.videos],
                "most": chosen.most,
            }
            self._operate(
                "insights.read", request, bounds=_BOUNDS, report=self._reporter(kept, 0.0, _READING_SHARE)
            )
            begins = _READING_SHARE
        self._change(kept, step=STEPS[question.kind])
        path = self._folder.path(question)
        request = {
            "folder": str(folder),
            "kind": question.kind,
            "asked": dict(question.asked),
            "answer": str(path),
        }
        self._operate("insights.answer", request, bounds=_BOUNDS, report=self._reporter(kept, begins, 1.0))
        answer = read_answer(path, ANSWERS[question.kind])
        if answer is None:
            raise NotFound("What was worked out is gone again. Is something emptying the cache folder?")
        return answer

    def _reporter(self, kept: _Kept, start: float, end: float) -> Callable[[float], None]:
        def report(share: float) -> None:
            if kept.stop.is_set():
                raise Cancelled("This is no longer being worked out.")
            self._make_way(kept)
            self._change(kept, progress=max(kept.run.progress, start + (end - start) * min(1.0, share)))

        return report

    def _make_way(self, kept: _Kept) -> None:
        """Give up what nobody looks at, where somebody waits for something else. Raises: Cancelled."""
        with self._guard:
            left = self._clock() - kept.asked_at > LEFT_S
            if left and any(one.run.state == "queued" for one in self._kept.values()):
                # Forgotten altogether: who asks again has it begun anew.
                self._kept.pop(kept.question.key, None)
                raise Cancelled("Nobody looks at this any more.")

    # -- the register --

    def _change(self, kept: _Kept, **what: object) -> None:
        with self._guard:
            kept.run = replace(kept.run, **what)  # type: ignore[arg-type]  # fields of InsightRun by name

    def _end(self, kept: _Kept, **what: object) -> None:
        self._change(kept, **what)
        log.info("insights.ended run=%s state=%s", kept.run.id, kept.run.state)

    def _forget_some(self) -> None:
        ended = [key for key, kept in self._kept.items() if kept.run.ended]
        for key in ended[: max(0, len(self._kept) - KEPT)]:
            del self._kept[key]
