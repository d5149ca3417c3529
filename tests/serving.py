"""Starts the real application in a process of its own, for tests and trials."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Served:
    """A running application."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, how: int = signal.SIGTERM, timeout_s: float = 30) -> int:
        """Send a signal and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=timeout_s)


def start(data_dir: Path, *, port: int | None = None, env: Mapping[str, str] | None = None) -> Served:
    """Start `python -m core run` and return once it answers that it is ready."""
    port = port or free_port()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("CUEPOINT_", "MILVUS_"))}
    output = (data_dir.parent / f"{data_dir.name}.server.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "run"],
        cwd=PROJECT_ROOT,
        env={**clean, "CUEPOINT_DATA_DIR": str(data_dir), "PORT": str(port), **(env or {})},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(f"http://127.0.0.1:{port}", data_dir, process)
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the application stopped at once:\n{Path(output.name).read_text()}")
        try:
            if httpx.get(f"{served.url}/api/ready", timeout=5, trust_env=False).status_code == 200:
                return served
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    served.stop(signal.SIGKILL)
    raise RuntimeError(f"the application did not get ready:\n{Path(output.name).read_text()}")


def _log(data_dir: Path) -> str:
    written = [*sorted((data_dir / "logs").glob("*.log")), data_dir.parent / f"{data_dir.name}.server.log"]
    return "\n".join(file.read_text(errors="replace") for file in written if file.exists())


@contextmanager
def serving(
    data_dir: Path, *, port: int | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Serve for the length of a with-block."""
    served = start(data_dir, port=port, env=env)
    try:
        yield served
    except BaseException:
        # Shown by pytest beside what failed.
        print(f"-- the application's log\n{_log(data_dir)[-8000:]}")
        raise
    finally:
        served.stop()


def end(process: subprocess.Popen[Any], most_s: float) -> None:
    """Have a process end, by SIGKILL where it does not in time."""
    process.terminate()
    try:
        process.wait(timeout=most_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
