"""The nursery's own side: takes orders from a socket, forks a child for each, tells how each ended.

``start <number> <operation>`` comes with four file descriptors: the child's standard input, output and
error, and one to write its exit code to. ``kill <number>`` ends a child. The nursery ends when the other
end of the socket closes; its children notice for themselves, by their standard input.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NoReturn

_MESSAGE: Final = 4096


class Nursing:
    """Runs ``serve`` in a fork of this process for every order. ``operations`` as in `core.isolated`."""

    def __init__(
        self,
        descriptor: int,
        operations: Mapping[str, str],
        serve: Callable[[], None],
        common: Iterable[str] = (),
    ) -> None:
        self._common = list(common)
        self._socket = socket.socket(fileno=descriptor)
        self._operations = operations
        self._serve = serve
        self._children: dict[int, tuple[int, int]] = {}
        """By process id: the number, and where to write the exit code."""

    def run(self) -> None:
        """Take orders until the socket closes."""
        waking, woken = os.pipe()
        for descriptor in (waking, woken):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken)
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(waking, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == waking:
                        with contextlib.suppress(BlockingIOError):
                            os.read(waking, _MESSAGE)
                    elif not self._take_order():
                        return
                self._reap()

    def _take_order(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._socket, _MESSAGE, 4)
        if not message:
            return False
        verb, number, *operation = message.decode().split(" ", 2)
        if verb == "kill":
            self._kill(int(number))
        else:
            self._start(int(number), operation[0], descriptors)
        return True

    def _start(self, number: int, operation: str, descriptors: list[int]) -> None:
        # Loaded here once, so that every later child has it.
        module = self._operations[operation].partition(":")[0]
        with contextlib.suppress(Exception):  # The child meets the same error, and tells it.
            importlib.import_module(module)
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            self._be_child(descriptors)
        *pipes, status = descriptors
        self._children[pid] = (number, status)
        for descriptor in pipes:
            os.close(descriptor)
        self._load_common()

    def _load_common(self) -> None:
        """Load, once the first child is off, what most children would load in the middle of their work."""
        while self._common:
            with contextlib.suppress(ImportError):
                importlib.import_module(self._common.pop())

    def _be_child(self, descriptors: list[int]) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for target, descriptor in enumerate(descriptors[:3]):
                os.dup2(descriptor, target)
            for descriptor in (*descriptors, *(status for _, status in self._children.values())):
                os.close(descriptor)
            self._socket.close()
            self._serve()
        except BaseException:  # noqa: BLE001 - whatever it is, it goes to the parent's log, and the child ends
            traceback.print_exc()
        finally:
            os._exit(1)

    def _kill(self, number: int) -> None:
        for pid, (known, _) in self._children.items():
            if known == number:
                # Not reaped yet, so the id is still this child's.
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _, descriptor = self._children.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(descriptor, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(descriptor)
