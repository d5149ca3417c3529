"""Chromium, and the pages to look at with it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE_MS = 30_000
ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Return a running Chromium; skips where none is installed.

    Playwright keeps an event loop running in its thread, and beside that loop no other test could call
    `asyncio.run`: so it is stopped with the last test of this folder, not with the last of all.
    """
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium on the path: install Debian's package `chromium` to run the browser tests")
    from playwright.sync_api import expect, sync_playwright

    # Generous: a machine that builds and tests at once is slow, and waiting costs nothing where it is not.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass(frozen=True)
class Bench:
    """The pages over the stand-in library, in a process of their own."""

    url: str

    def tell(self, **values: Any) -> dict[str, Any]:
        """Change what the stand-in answers; return what happened so far."""
        request = urllib.request.Request(f"{self.url}/bench", json.dumps(values).encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def video(self, title: str) -> str:
        return str(self.tell()["videos"][title])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(*arguments: str) -> Iterator[Bench]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.bench", "--port", str(port), *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    bench = Bench(f"http://127.0.0.1:{port}")
    try:
        for _ in range(300):
            try:
                bench.tell()
                break
            except OSError:
                assert server.poll() is None, "the bench ended before it answered"
                time.sleep(0.1)
        yield bench
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="package")
def served() -> Iterator[Bench]:
    yield from serve()


@pytest.fixture
def bench(served: Bench) -> Bench:
    """Return the bench as it was at the start: links that work, an engine that answers."""
    served.tell(reset=True)
    return served


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Return a page of its own context, 1440 wide; fails where a script raised on it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    raised: list[str] = []
    listener = lambda error: raised.append(str(error))  # noqa: E731 - the same object is needed twice
    opened.on("pageerror", listener)
    yield opened
    # Closing breaks off what is still loading; that is no fault of the page.
    opened.remove_listener("pageerror", listener)
    context.close()
    assert raised == []
