"""Runs one command of Cuepoint in a process that kills itself (SIGKILL) at a chosen step.

Usage: python -m tests.dying STEP ARGUMENT...; a step is a file that was copied or a name that was put in
place. Ends with 0 where the command was done before that step came.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.__main__ import main
from core.backup import restoring, saving

_left = int(sys.argv[1])


def _dying_before(act: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*given: Any, **named: Any) -> Any:
        global _left
        _left -= 1
        if _left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*given, **named)

    return counted


if __name__ == "__main__":
    steps: list[tuple[object, str]] = [
        (saving, "copy_hashed"),
        (saving, "write_manifest"),
        (saving, "forget"),
    ]
    steps += [(restoring, "copy_hashed"), (restoring, "sync_folder"), (os, "replace"), (Path, "replace")]
    for owner, name in steps:
        setattr(owner, name, _dying_before(getattr(owner, name)))
    sys.exit(main(sys.argv[2:]))
