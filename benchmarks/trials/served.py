"""The application as people start it, in a process of its own that is held to some cores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from core.config import PROJECT_ROOT
from tests.ports import free_port
from tests.serving import end

PATIENCE_S: Final = 300.0


@dataclass(frozen=True)
class Served:
    """A running application."""

    url: str
    process: psutil.Process
    ready_s: float
    """From the start of the process to the first good answer of the readiness route."""

    @property
    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    @property
    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def serve(data: Path, *, cores: str = "", settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Serve a data folder with the preview engine; ``cores`` as `taskset` takes them, empty for all."""
    port = free_port()
    held = ["taskset", "-c", cores] if cores and shutil.which("taskset") else []
    environment = {
        **os.environ,
        "CUEPOINT_DATA_DIR": str(data),
        "CUEPOINT_ENGINE": "preview",
        "PORT": str(port),
        **(settings or {}),
    }
    began = time.perf_counter()
    started = subprocess.Popen(
        [*held, sys.executable, "-m", "core", "run"],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(started, url)
        yield Served(url, psutil.Process(started.pid), time.perf_counter() - began)
    finally:
        end(started, 30)


def _wait(started: subprocess.Popen[bytes], url: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if started.poll() is not None:
            raise RuntimeError("The application ended before it was ready.")
        try:
            with urllib.request.urlopen(f"{url}/api/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError("The application did not become ready.")
