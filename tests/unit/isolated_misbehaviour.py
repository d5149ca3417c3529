"""A child process with operations that misbehave; run with ``-m`` in place of `core.isolated`."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import errors, isolated

Report = Callable[[float], None]


def echo(request: dict[str, Any], report: Report) -> Any:
    for step in range(4):
        report(step / 4)
        time.sleep(request.get("step_s", 0))
    return request["value"]


def noise(request: dict[str, Any], report: Report) -> str:
    print('{"result": "forged"}', flush=True)
    os.write(1, b'{"result": "forged"}\n')
    subprocess.run(["echo", '{"result": "forged"}'], check=True)
    sys.stdout.write("not a line")
    sys.stdout.flush()
    return "true"


def talk(request: dict[str, Any], report: Report) -> None:
    """Print far more than a pipe holds."""
    for _ in range(20_000):
        print("x" * 200)


def fail(request: dict[str, Any], report: Report) -> None:
    raise getattr(errors, request["class"])(request["message"])


def stumble(request: dict[str, Any], report: Report) -> None:
    raise RuntimeError("a driver's text with /a/path and a secret")


def run_out_of_disk(request: dict[str, Any], report: Report) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def sleep(request: dict[str, Any], report: Report) -> None:
    report(0.5)
    if "pid_file" in request:
        Path(request["pid_file"]).write_text(str(os.getpid()))
    time.sleep(600)


def eat(request: dict[str, Any], report: Report) -> None:
    hoard = [bytearray(request["bytes"])]
    hoard.append(bytearray(request["bytes"]))


def crash(request: dict[str, Any], report: Report) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def vanish(request: dict[str, Any], report: Report) -> None:
    os._exit(0)


def babble(request: dict[str, Any], report: Report) -> None:
    """Write something else than the protocol on its private channel."""
    for number in range(3, 20):
        try:
            os.write(number, b"<html>\n")
        except OSError:
            continue
    time.sleep(600)


def environment(request: dict[str, Any], report: Report) -> dict[str, str]:
    if "set" in request:
        os.environ[request["set"]] = "1"
    return dict(os.environ)


OPERATIONS = {
    f"test.{name}": f"{__name__ if __name__ != '__main__' else 'tests.unit.isolated_misbehaviour'}:{name}"
    for name in (
        "echo", "noise", "talk", "fail", "stumble", "run_out_of_disk", "sleep", "eat", "crash", "vanish",
        "babble", "environment",
    )
}  # fmt: skip

if __name__ == "__main__":
    isolated.OPERATIONS.update(OPERATIONS)
    isolated.main()
