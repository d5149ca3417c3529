"""Where the children of `core.isolation` come from.

A new interpreter with the decoders loaded costs half a second of processor time. So on Linux a small
process of ours, the nursery, loads them once; every child is forked off it, does one thing, and ends.
The nursery has one thread, and neither Milvus nor anything of the application in it, so forking it is
safe where forking the application is not. Elsewhere each child is a new interpreter.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Any, Final, Protocol

PROJECT_ROOT: Final = Path(__file__).resolve().parent.parent
FLAG: Final = "--nursery"


class Child(Protocol):
    """A process with three pipes, as `subprocess.Popen` has them."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def kill(self) -> None: ...

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises: subprocess.TimeoutExpired."""
        ...


def start_child(entry: Sequence[str], operation: str, environment: Mapping[str, str]) -> Child:
    """Return a new child that waits for its order; ``operation`` is what it will be told to do."""
    if sys.platform == "linux":
        try:
            return _nursery_of(tuple(entry), environment).child(operation)
        except OSError:
            # It was killed just now; the next one is as good.
            return _nursery_of(tuple(entry), environment).child(operation)
    return _popen(entry, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _popen(entry: Sequence[str], environment: Mapping[str, str], **pipes: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, *entry],
        cwd=PROJECT_ROOT,
        env=dict(environment),
        # Ctrl-C in a terminal goes to the application, which ends its children in order.
        start_new_session=True,
        **pipes,
    )


class _Nursery:
    """The process that children are forked off. It ends with us: its end of the socket then closes."""

    def __init__(self, entry: Sequence[str], environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _popen(
                [*entry, FLAG, str(theirs.fileno())],
                environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._socket = ours
        self._sending = threading.Lock()
        self._numbers = count(1)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def child(self, operation: str) -> Forked:
        """Fork a child off. Raises: OSError where the nursery is gone."""
        number = next(self._numbers)
        (stdin, to_child), (answers, stdout), (noise, stderr), (status, told) = (os.pipe() for _ in range(4))
        try:
            with self._sending:
                message = f"start {number} {operation}".encode()
                socket.send_fds(self._socket, [message], [stdin, stdout, stderr, told])
        except OSError:
            for descriptor in (to_child, answers, noise, status):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (stdin, stdout, stderr, told):
                os.close(descriptor)
        return Forked(
            self, number, os.fdopen(to_child, "wb"), os.fdopen(answers, "rb"), os.fdopen(noise, "rb"), status
        )

    def kill(self, number: int) -> None:
        # Without the nursery, closing its standard input still ends the child.
        with self._sending, contextlib.suppress(OSError):
            self._socket.send(f"kill {number}".encode())

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


class Forked:
    """A child of the nursery, which alone can kill it and learn its exit code."""

    def __init__(
        self,
        nursery: _Nursery,
        number: int,
        stdin: IO[bytes],
        stdout: IO[bytes],
        stderr: IO[bytes],
        status: int,
    ) -> None:
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.stderr: IO[bytes] | None = stderr
        self._nursery = nursery
        self._number = number
        self._status = status
        self._code: int | None = None

    def kill(self) -> None:
        if self._code is None:
            self._nursery.kill(self._number)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, -1 where the nursery died before it could tell.

        Raises: subprocess.TimeoutExpired.
        """
        if self._code is None:
            readable, _, _ = select.select([self._status], [], [], timeout)
            if not readable:
                raise subprocess.TimeoutExpired("core.isolated", timeout or 0.0)
            told = os.read(self._status, 16)
            os.close(self._status)
            self._code = int(told) if told else -1
        return self._code


_NURSERIES: Final[dict[tuple[str, ...], _Nursery]] = {}
_FOUNDING = threading.Lock()


def _nursery_of(entry: tuple[str, ...], environment: Mapping[str, str]) -> _Nursery:
    with _FOUNDING:
        nursery = _NURSERIES.get(entry)
        if nursery is None or not nursery.alive:
            if nursery is not None:
                nursery.close()
            nursery = _NURSERIES[entry] = _Nursery(entry, environment)
        return nursery
