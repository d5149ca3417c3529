"""Work on untrusted media in a child process that is bounded in time and memory.

A decoder that loops, crashes or eats memory takes only its child with it. The child is
`core.isolated`, which comes from `core.nursery`: never a fork of the application (that breaks Milvus
Lite), and no `multiprocessing` (scripts of users have no ``__main__`` guard).
"""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, TypeAlias, cast

from core import errors
from core.errors import CuepointError, MediaError, MediaFault, MediaTimeout
from core.isolated import OPERATIONS, OUT_OF_MEMORY
from core.nursery import PROJECT_ROOT, start_child

log = logging.getLogger(__name__)

JSON: TypeAlias = Any
"""What json.loads gives; the caller knows what its operation answers."""

_ENTRY: tuple[str, ...] = ("-m", "core.isolated")
_LOOK_UP_EVERY_S: Final = 0.25
_LONGEST_LINE: Final = 512 * 1024 * 1024
_RAISED: Final = 1
"""The exit code of a child that met an exception of Python which nobody foresaw."""
# Keys and tokens of the application are none of a decoder's business, so the child gets only these.
_INHERITED: Final = re.compile(
    r"PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|WINDIR|(LD|DYLD)_LIBRARY_PATH|VIRTUAL_ENV"
    r"|PYTHON(HOME|DONTWRITEBYTECODE|PYCACHEPREFIX)"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may use before it is ended."""

    timeout_s: float = 60.0
    """From start to result."""
    idle_timeout_s: float | None = None
    """Between two signs of progress; None sets no such bound."""
    memory_bytes: int = 4 * 2**30
    """Address space, where the system can limit it."""


def run_isolated(
    operation: str,
    request: Mapping[str, JSON],
    *,
    bounds: Bounds | None = None,
    report: Callable[[float], None] | None = None,
) -> JSON:
    """Return what the operation answers, computed in a child process of its own.

    ``operation`` is a key of `core.isolated.OPERATIONS`; request and answer are what JSON can say,
    with absolute paths (the child's working directory is another one). ``report`` is called in
    this thread with progress from 0 to 1 and a few times a second besides, so that a cancel is
    heard while the child is silent; whatever it raises ends the child and is raised here.

    Raises: the `CuepointError` that the operation raised, with the same class and sentence;
    MediaTimeout where a bound was reached; MediaFault where it raised anything else; MediaError where the
    child died.
    """
    if operation not in OPERATIONS:
        raise ValueError(f"not an isolated operation: {operation}")
    child = _Child(operation, request, bounds or Bounds())
    try:
        return child.answer(report)
    finally:
        child.end()


class _Child:
    """One running `core.isolated`."""

    def __init__(self, operation: str, request: Mapping[str, JSON], bounds: Bounds) -> None:
        self._operation = operation
        self._bounds = bounds
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=64)
        self._noise: deque[bytes] = deque(maxlen=40)
        self._ended = threading.Event()
        self._process = start_child(_ENTRY, operation, _environment())
        order = {
            "operation": operation,
            "request": dict(request),
            "memory_bytes": bounds.memory_bytes,
            # Processor time is a second line of defence: it ends a child whose watching thread
            # cannot run. A child may use every core for the whole time.
            "cpu_s": round(bounds.timeout_s * (os.cpu_count() or 1)) + 60,
        }
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._threads = [
            threading.Thread(target=self._read_lines, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_noise, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._send(order)

    def _send(self, order: Mapping[str, JSON]) -> None:
        # A child that died at once is noticed while waiting for its answer.
        try:
            self._stdin.write(json.dumps(order).encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            log.debug("isolated.closed operation=%s", self._operation)

    # -- waiting --

    def answer(self, report: Callable[[float], None] | None) -> JSON:
        started = heard = time.monotonic()
        progress = 0.0
        while True:
            try:
                line = self._lines.get(timeout=_LOOK_UP_EVERY_S)
            except queue.Empty:
                pass
            else:
                message = self._understood(line)
                if "result" in message:
                    return message["result"]
                if "error" in message:
                    raise _as_error(message["error"])
                progress, heard = float(message["progress"]), time.monotonic()
            if report is not None:
                report(progress)
            self._check_bounds(started, heard)

    def _check_bounds(self, started: float, heard: float) -> None:
        now, bounds = time.monotonic(), self._bounds
        idle = bounds.idle_timeout_s is not None and now - heard > bounds.idle_timeout_s
        if idle or now - started > bounds.timeout_s:
            log.warning(
                "isolated.timeout operation=%s seconds=%.1f idle=%s", self._operation, now - started, idle
            )
            raise MediaTimeout(
                "Reading this file took too long, so it was stopped. "
                "Convert it to an MP4 (H.264) and try again."
            )

    def _understood(self, line: bytes | None) -> dict[str, JSON]:
        if line is not None:
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if isinstance(message, dict) and message.keys() & {"result", "error", "progress"}:
                return message
        raise self._death()

    def _death(self) -> CuepointError:
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            code = 0  # It lives but speaks no sense; `end` will stop it.
        self._threads[1].join(timeout=1)
        noise = b"".join(self._noise).decode(errors="replace")
        log.warning("isolated.died operation=%s exit=%s said=%r", self._operation, code, noise[-2000:])
        if code == -getattr(signal, "SIGKILL", 9):
            return MediaTimeout(OUT_OF_MEMORY)  # We did not send it: the system was out of memory.
        if code == _RAISED:
            return MediaFault(
                "This file could not be read because of a fault in Cuepoint; the log says which. "
                "Convert it to an MP4 (H.264) and try again."
            )
        return MediaError(
            "This file could not be read: the decoder stopped on it. "
            "Convert it to an MP4 (H.264) and try again."
        )

    # -- reading --

    def _read_lines(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(_LONGEST_LINE):
                self._hand_over(line)
        self._hand_over(None)

    def _hand_over(self, line: bytes | None) -> None:
        while not self._ended.is_set():
            try:
                self._lines.put(line, timeout=_LOOK_UP_EVERY_S)
            except queue.Full:
                continue
            return

    def _read_noise(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(2000):
                self._noise.append(line)

    # -- ending --

    def end(self) -> None:
        """Stop the child, whatever it is doing, and leave no process, thread or pipe behind."""
        self._ended.set()
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(timeout=5)
        try:
            self._stdin.close()
        except BrokenPipeError:
            log.debug("isolated.closed operation=%s", self._operation)


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)}
    path = [str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return environment | {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONSAFEPATH": "1",
        # One thread of numpy's: equal results on every machine, and no address space for idle ones.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "4",
    }


def _as_error(told: Mapping[str, str]) -> CuepointError:
    kind = getattr(errors, told["class"], None)
    if not (isinstance(kind, type) and issubclass(kind, CuepointError)):
        kind = MediaError
    return kind(told["message"])
