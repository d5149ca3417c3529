"""Many people searching at once: python -m benchmarks.trials.sessions [--sessions 10 25 50] [--seconds 60].

The application runs as people start it, held to two cores; the sessions speak to it from another process on
the other cores, as their browsers would. Each asks something every three seconds: mostly words that nobody
asked before, sometimes words again, sometimes a clip to weigh words against, or the next page of a list.
Prints one JSON line for each number of sessions: milliseconds from the question to the end of the run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import psutil

from benchmarks.trials.made_library import make_library
from benchmarks.trials.served import Served, serve
from benchmarks.trials.visitor import Run, Visitor
from core.embedding.preview.vocabulary import ENTRIES

EVERY_S: Final = 3.0
_AGAIN: Final = 0.25
"""Share of the questions that somebody asked before; half of those in the same session."""
_MORE: Final = 0.1
_WEIGH: Final = 0.15
_WORDS: Final = sorted({word for entry in ENTRIES for word in entry.words if " " not in word})


@dataclass
class Told:
    """What all sessions of one trial met."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pictures: int = 0
    empty: int = 0
    """Answers without a card: nothing matched well."""

    def note(self, kind: str, run: Run, words: str) -> None:
        self.runs.setdefault(kind, []).append(run)
        self.faults += run.exceptions
        if run.results is None:
            self.faults.append(f"no list for “{words}”")
        elif not run.hears_of(words):
            self.faults.append(f"the list of another question than “{words}”: {run.results['terms']}")
        self.empty += not run.cards


class Session:
    """One person: searches, looks, searches again."""

    def __init__(self, served: Served, told: Told, seed: int, *, pictures: bool) -> None:
        self._served, self._told = served, told
        self._chance = random.Random(seed)
        self._pictures = pictures
        self._seen: set[str] = set()
        self._own: list[str] = []
        self._moment = ""

    async def live(self, until: float) -> None:
        """Open the page and use it until a time of `time.perf_counter`."""
        try:
            async with Visitor(self._served.url) as visitor, httpx.AsyncClient() as browser:
                await visitor.open()
                due, words = time.perf_counter(), ""
                while due < until:
                    run, words = await self._ask(visitor, words)
                    if self._pictures:
                        await self._look(browser, run)
                    due += self._chance.uniform(0.5, 1.5) * EVERY_S
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
        except Exception as exc:  # noqa: BLE001 - one session's end is a figure of the trial, not its end
            self._told.faults.append(f"{type(exc).__name__}: {exc}")

    async def _ask(self, visitor: Visitor, words: str) -> tuple[Run, str]:
        chance = self._chance.random()
        if chance < _MORE and visitor.has("more_results"):
            kind, run = "more", await visitor.more()
        elif chance < _MORE + _WEIGH and visitor.has("words"):
            kind, run = "weigh", await visitor.weigh(5 * self._chance.randrange(1, 20))
        elif chance < _MORE + _WEIGH and self._moment:
            kind, run = "sample", await visitor.open(urlencode({"q": words, "like": self._moment}))
        else:
            words, kind = self._words(), "search"
            sampled = "like" in visitor.address
            run = await (visitor.open(urlencode({"q": words})) if sampled else visitor.search(words))
        self._told.note(kind, run, words)
        if run.cards:
            self._moment = self._chance.choice(run.cards)["id"]
        return run, words

    def _words(self) -> str:
        if self._own and self._chance.random() < _AGAIN:
            return self._chance.choice(self._own if self._chance.random() < 0.5 else self._told.asked)
        return self._new()

    def _new(self) -> str:
        words = " ".join(self._chance.sample(_WORDS, self._chance.choice((1, 2, 2, 3))))
        self._own.append(words)
        self._told.asked.append(words)
        return words

    async def _look(self, browser: httpx.AsyncClient, run: Run) -> None:
        """Load the pictures of the cards that are new, as a browser with a cache does."""
        links = {card["cue"]["poster"] for card in run.cards} - self._seen
        self._seen |= links
        for link in links:
            answer = await browser.get(f"{self._served.url}{link}")
            self._told.pictures += 1
            if answer.status_code != 200:
                self._told.faults.append(f"a picture was answered with {answer.status_code}")


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and the most, in whole milliseconds."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered)),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]),
        "max": round(ordered[-1]),
    }


def go_first() -> None:
    """Let the sessions run before other work on their cores: browsers have machines of their own."""
    with suppress(OSError, AttributeError):
        # The application that is started from here gets no such right.
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


async def _lateness(late_ms: list[float]) -> None:
    """Note how late this process itself is: what it measures is too long by that."""
    while True:
        due = time.perf_counter() + 0.05
        await asyncio.sleep(0.05)
        late_ms.append(1000 * (time.perf_counter() - due))


async def trial(served: Served, sessions: int, seconds: float, *, pictures: bool) -> dict[str, Any]:
    """Let so many people use the application for so long, and return what they met."""
    told, own = Told(), psutil.Process()
    memory_mb, cpu_s, own_s = served.memory_mb, served.cpu_s, sum(own.cpu_times()[:2])
    late_ms: list[float] = []
    watching = asyncio.create_task(_lateness(late_ms))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            session = Session(served, told, seed=number, pictures=pictures)
            group.create_task(session.live(began + seconds))
            await asyncio.sleep(EVERY_S / sessions)
    took_s = time.perf_counter() - began
    watching.cancel()
    runs = [run for some in told.runs.values() for run in some]
    return {
        "sessions": sessions,
        "runs": len(runs),
        "ms": percentiles([run.took_ms for run in runs]),
        "by_kind_ms": {
            kind: percentiles([run.took_ms for run in some]) for kind, some in sorted(told.runs.items())
        },
        "own_lateness_ms": percentiles(late_ms),
        "search_ms": percentiles([run.search_ms for run in runs if run.cards] or [0.0]),
        "kilobytes": round(statistics.median(run.bytes for run in runs) / 1000),
        "empty": told.empty,
        "pictures": told.pictures,
        "faults": len(told.faults),
        "first_faults": told.faults[:3],
        "memory_mb": [round(memory_mb), round(served.memory_mb)],
        "server_cores": round((served.cpu_s - cpu_s) / took_s, 2),
        "own_cores": round((sum(own.cpu_times()[:2]) - own_s) / took_s, 2),
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def in_numbers(
    served: Served, numbers: Sequence[int], seconds: float, *, pictures: bool = False
) -> list[dict[str, Any]]:
    """Return the figures of one number of sessions after the other, with a warm library."""
    # What one visitor before the others has to wait for is another figure.
    asyncio.run(trial(served, 1, 3 * EVERY_S, pictures=False))
    return [asyncio.run(trial(served, number, seconds, pictures=pictures)) for number in numbers]


def main() -> None:
    """Print the figures of each number of sessions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[10, 25, 50])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--embeddings", type=int, default=10_000)
    parser.add_argument("--cores", default="0,1", help="cores of the application; empty for all")
    parser.add_argument("--own-cores", default="2,3", help="cores of the sessions")
    parser.add_argument("--pictures", action="store_true", help="load the pictures of the cards as well")
    parser.add_argument(
        "--data", type=Path, help="a data folder from before, kept; made where it is not there"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = given.data or Path(folder) / "data"
        if not data.exists():
            make_library(data, given.embeddings)
        if given.own_cores:
            os.sched_setaffinity(0, {int(core) for core in given.own_cores.split(",")})
        go_first()
        with serve(data, cores=given.cores) as served:
            for figures in in_numbers(served, given.sessions, given.seconds, pictures=given.pictures):
                print(json.dumps(figures, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
