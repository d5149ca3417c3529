"""What the stand-in remembers: assets, sessions, tasks, bills and counts of one account, in memory."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.twelvelabs_server.options import Options
from tests.twelvelabs_server.segments import Segmentation
from tests.twelvelabs_server.watching import Facts, Watched, read_facts, watch


def new_id() -> str:
    """Return an identifier that looks like the provider's."""
    return uuid.uuid4().hex[:24]


def stamp(at: float) -> str:
    """Return a moment as the provider writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Asset:
    """A file that was sent, or is being sent in chunks."""

    id: str
    filename: str
    method: str
    created_at: float
    size: int = 0
    path: Path | None = None
    sha256: str = ""
    facts: Facts | None = None
    complete_at: float | None = None
    """When the last byte was there; None while chunks are missing."""
    stuck: bool = False

    def status(self, now: float, asset_s: float) -> str:
        if self.complete_at is None or self.stuck or now < self.complete_at + asset_s:
            return "processing"
        return "ready" if self.facts else "failed"


@dataclass
class Task:
    """An embedding task; what comes of it is fixed when it is created."""

    id: str
    model: str
    input_type: str
    asset: Asset
    created_at: float
    starts_at: float
    ends_at: float
    start_s: float
    end_s: float
    segmentation: Segmentation
    options: list[str]
    scopes: list[str]
    types: list[str]
    dimension: int | None
    metadata: list[dict[str, Any]] = field(default_factory=list)
    fails: str | None = None
    """The message it will fail with."""
    watched: Future[Watched] | None = None
    status: str = "processing"
    settled_at: float = 0.0


@dataclass
class Account:
    """One account at the provider, with its clock."""

    folder: Path
    options: Options
    assets: dict[str, Asset] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    bills: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    query_calls: int = 0
    peak_processing: int = 0
    peak_outstanding: int = 0
    attempts: Counter[str] = field(default_factory=Counter)
    """How often each content was sent to be embedded."""
    _watched: dict[str, Future[Watched]] = field(default_factory=dict)
    _for_tasks: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))
    _for_queries: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def now(self) -> float:
        """Return its time: the real one and what the options add."""
        return time.time() + self.options.clock_offset_s

    def keep(self, asset: Asset, sha256: str) -> None:
        """Take note that the whole file of an asset is there."""
        asset.sha256, asset.complete_at = sha256, self.now()
        asset.facts = read_facts(asset.path) if asset.path else None

    def watch(self, asset: Asset, *, query: bool = False) -> Future[Watched]:
        """Return the description of an asset, made once for the same bytes; queries do not wait for tasks."""
        pool = self._for_queries if query else self._for_tasks
        if asset.sha256 not in self._watched and asset.path and asset.facts:
            self._watched[asset.sha256] = pool.submit(watch, asset.path, asset.facts)
        return self._watched[asset.sha256]

    def forget(self, asset: Asset) -> None:
        """Delete an asset, and its file as soon as nobody reads it any more."""
        del self.assets[asset.id]
        path = asset.path
        if path is None:
            return
        if reading := self._watched.get(asset.sha256):
            reading.add_done_callback(lambda _: path.unlink(missing_ok=True))
        else:
            path.unlink(missing_ok=True)

    def slot(self, now: float) -> float:
        """Return when a task that is created now would begin to be processed."""
        most = self.options.tasks_at_once
        busy = sorted(task.ends_at for task in self.tasks.values() if task.ends_at > now)
        return now if not most or len(busy) < most else busy[-most]

    def settle(self) -> None:
        """Let time pass: tasks whose time has come are ready (and billed) or failed."""
        now = self.now()
        for task in sorted(self.tasks.values(), key=lambda task: task.ends_at):
            if task.status != "processing" or now < task.ends_at:
                continue
            if task.watched is not None and not task.watched.done():
                continue
            if task.fails is None and task.watched is not None and task.watched.exception() is not None:
                task.fails = self.options.permanent_message
            task.status = "failed" if task.fails else "ready"
            task.settled_at = now
            if task.status == "ready":
                self._bill(task)
        for task_id in [task.id for task in self.tasks.values() if self.expired(task, now)]:
            del self.tasks[task_id]
        open_tasks = [task for task in self.tasks.values() if task.status == "processing"]
        started = sum(task.starts_at <= now < task.ends_at for task in open_tasks)
        self.peak_processing = max(self.peak_processing, started)
        self.peak_outstanding = max(self.peak_outstanding, len(open_tasks))

    def expired(self, task: Task, now: float) -> bool:
        return now - task.created_at > self.options.results_kept_s

    def _bill(self, task: Task) -> None:
        seconds = task.end_s - task.start_s
        self.bills.append(
            {
                "task_id": task.id,
                "model": task.model,
                "filename": task.asset.filename,
                "sha256": task.asset.sha256,
                "seconds": seconds,
                "minutes": seconds / 60,
            }
        )

    def verdict(self, asset: Asset) -> str | None:
        """Return the message with which the next task of this content fails, None where it succeeds."""
        options, share = self.options, int(hashlib.sha256(asset.sha256.encode()).hexdigest()[:8], 16) / 2**32
        self.attempts[asset.sha256] += 1
        if "fails-permanently" in asset.filename or share < options.permanent_share:
            return options.permanent_message
        transient = share < options.permanent_share + options.transient_share
        if "fails-transiently" in asset.filename or transient:
            return options.transient_message if self.attempts[asset.sha256] == 1 else None
        return None

    def close(self) -> None:
        for pool in (self._for_tasks, self._for_queries):
            pool.shutdown(cancel_futures=True)
