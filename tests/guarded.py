"""A program that runs beside the tests and never outlives them, however they end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

# Tells the program's process id, and kills it as soon as nobody holds the other end of the pipe. A parent's
# death signal would not do: it comes already when the thread ends that started the program.
_GUARD: Final = '"$@" </dev/null >"$GUARDED_LOG" 2>&1 & echo $!; read -r _; kill -KILL $!; wait $!'
_STOP_S: Final = 10.0


class Guarded:
    """A running program; what it says goes to ``log``."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guarded", *map(str, command)],
            env={**os.environ, **(environment or {}), "GUARDED_LOG": str(log)},
            cwd=log.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # "Killed"
            text=True,
            start_new_session=True,
        )
        assert self._guard.stdout is not None
        self.process = psutil.Process(int(self._guard.stdout.readline()))

    @property
    def running(self) -> bool:
        with suppress(psutil.NoSuchProcess):
            return bool(self.process.status() != psutil.STATUS_ZOMBIE)
        return False

    def kill(self) -> None:
        """End it by SIGKILL, at once; return when it is gone."""
        if self._guard.returncode is None:
            self._guard.communicate()  # closes the pipe

    def stop(self) -> None:
        """End it as its operator would; by SIGKILL where it does not listen."""
        with suppress(psutil.NoSuchProcess):
            self.process.terminate()
        deadline = time.monotonic() + _STOP_S
        while self.running and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def tail(self) -> str:
        """Return the end of what it said."""
        return self.log.read_text(errors="replace")[-2000:]
