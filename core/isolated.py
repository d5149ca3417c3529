"""The child process of `core.isolation`: reads one order, does it, answers, ends.

One line of JSON comes in on stdin, lines of JSON go out: any number of ``{"progress": 0.5}``, then
``{"result": ...}`` or ``{"error": {"class": ..., "message": ...}}``. Stdin stays open for as long as
the parent lives; when it closes, the child ends on the spot. Imports are kept to what the one
operation needs, because every probe waits for them.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from core.errors import CuepointError, MediaTimeout, StorageFull
from core.nursery import FLAG
from core.nursing import Nursing

OPERATIONS: Final[dict[str, str]] = {
    "media.probe": "core.media.examine:examine_request",
    "media.poster": "core.media.stills:poster_request",
    "media.thumbnails": "core.media.stills:thumbnails_request",
    "media.sprites": "core.media.sheets:sprites_request",
    "media.proxy": "core.media.proxy:proxy_request",
    "media.cut": "core.media.cut:cut_request",
    "media.clip": "core.media.clipping:clip_request",
    "media.fit": "core.media.fitting:fit_request",
    "media.jpeg": "core.media.pictures:jpeg_request",
    "preview.describe": "core.embedding.preview.describe:describe_request",
    "preview.describe_image": "core.embedding.preview.describe:describe_image_request",
    "insights.read": "core.insights.serving:read_request",
    "insights.answer": "core.insights.serving:answer_request",
    "demo.render": "core.demo.render:render_request",
}
"""All that a child can be told to do: module:function, called with (request, report)."""

OUT_OF_MEMORY: Final = (
    "Reading this file needs more memory than is allowed, so it was stopped. "
    "Convert it to a smaller MP4 (H.264) and try again."
)
_COMMON: Final = ("numpy", "PIL.Image", "PIL.JpegImagePlugin")
"""What PyAV and Pillow load only when they are first used."""
_REPORT_EVERY_S: Final = 0.1
_NICENESS: Final = 5  # Searching and playing go before decoding.


def main() -> None:
    """Serve one order from stdin, then end the process; or be the nursery of children that do."""
    if FLAG in sys.argv:
        Nursing(int(sys.argv[-1]), OPERATIONS, serve, _COMMON).run()
    else:
        serve()


def serve() -> None:
    """Serve one order from stdin, then end the process."""
    # Libraries print to file descriptor 1, so the protocol moves to one that only we know.
    answers = os.dup(1)
    os.dup2(2, 1)
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(int(order["memory_bytes"]), int(order["cpu_s"]))
    _send(answers, _outcome(order, _reporter(answers)))
    # Nothing is worth a slow tear-down: every file is closed by now.
    os._exit(0)


def _outcome(order: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    module, _, function = OPERATIONS[order["operation"]].partition(":")
    try:
        operation = getattr(importlib.import_module(module), function)
        return {"result": operation(order["request"], report)}
    except CuepointError as exc:
        return _told(exc)
    except MemoryError:
        return _told(MediaTimeout(OUT_OF_MEMORY))
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            return _told(StorageFull("The disk is full. Free some space and try again."))
        raise  # A fault of ours: the traceback goes to stderr and from there to the log.


def _told(error: CuepointError) -> dict[str, Any]:
    return {"error": {"class": type(error).__name__, "message": error.message}}


def _send(answers: int, message: dict[str, Any]) -> None:
    line = memoryview(json.dumps(message).encode() + b"\n")
    while line:
        line = line[os.write(answers, line) :]


def _reporter(answers: int) -> Callable[[float], None]:
    sent = 0.0

    def report(progress: float) -> None:
        nonlocal sent
        now = time.monotonic()
        if now - sent >= _REPORT_EVERY_S:
            sent = now
            _send(answers, {"progress": min(1.0, max(0.0, float(progress)))})

    return report


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(3)


def _limit(memory_bytes: int, cpu_s: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none; time is still bounded by the parent.
        return
    os.nice(_NICENESS)
    limits = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_AS, memory_bytes))
    for kind, most in limits:
        _, hard = resource.getrlimit(kind)
        ceiling = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (ceiling, ceiling))
        except (ValueError, OSError):  # macOS refuses to limit address space.
            continue


if __name__ == "__main__":
    main()
