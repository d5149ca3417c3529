"""The stand-in in a process of its own, for as long as a test needs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from tests.twelvelabs_server.options import Options

PROJECT_ROOT = Path(__file__).resolve().parents[2]
KEY = "tlk_test_good"
KEY_WITHOUT_RIGHTS = "tlk_test_without_rights"


@dataclass(frozen=True)
class StandIn:
    """A running stand-in. `url` is what the SDK takes as its base_url, `KEY` a key that is good there."""

    url: str
    process: subprocess.Popen[str]

    @property
    def root(self) -> str:
        return self.url.rsplit("/", 1)[0]

    def statistics(self) -> dict[str, Any]:
        """Return what was asked of it, what it did, and what that costs."""
        return dict(httpx.get(f"{self.root}/_statistics", timeout=30).raise_for_status().json())

    def control(self, **changes: Any) -> dict[str, Any]:
        """Change options by name, order faults (`next=[{...}]`), or forget the counts (`reset=True`)."""
        answer = httpx.put(f"{self.root}/_control", json=changes, timeout=30)
        if answer.status_code == 422:
            raise ValueError(answer.json()["error"])
        return dict(answer.raise_for_status().json())

    def fail_next(self, route: str, fault: str, count: int = 1) -> None:
        """Let the next calls of one route go wrong in one way."""
        self.control(next=[{"route": route, "fault": fault, "count": count}])

    def stop(self) -> None:
        """End it; what it kept is lost."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def start(port: int = 0, **options: Any) -> StandIn:
    """Start it, on a free port unless one is named, and return once it answers."""
    flags = replace(Options(), **options).as_flags()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.twelvelabs_server", "--port", str(port), "--with-parent", *flags],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    if not found:
        process.kill()
        raise RuntimeError(f"the stand-in did not start: {line}")
    server = StandIn(found[0], process)
    server.statistics()
    return server


@contextmanager
def standing_in(port: int = 0, **options: Any) -> Iterator[StandIn]:
    """Run a stand-in with these options (see `options.py`) while the block lasts."""
    server = start(port, **options)
    try:
        yield server
    finally:
        server.stop()
