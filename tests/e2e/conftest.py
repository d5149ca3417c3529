"""Chromium, and the pages to look at with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.made_once import DemoLibrary, demo_library
from tests.ports import free_port
from tests.serving import end

PATIENCE_MS = 30_000
SCREEN = {"width": 1440, "height": 900}
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

_FORGET = """() => {
  // A blank page has no storage, and says so by raising.
  if (!location.protocol.startsWith("http")) return;
  localStorage.clear();
  sessionStorage.clear();
}"""


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
        end(server, 10)


@pytest.fixture(scope="package")
def served() -> Iterator[Bench]:
    yield from serve()


@pytest.fixture
def bench(served: Bench) -> Bench:
    """Return the bench as it was at the start: links that work, an engine that answers."""
    served.tell(reset=True)
    return served


class Tab:
    """One page in one window for test after test: opening another costs three times what a visit costs.

    The browser's cache stays warm, so what counts requests to the server takes a page of its own.
    """

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._page: Any = None

    def blank(self) -> Any:
        """Return the page, empty, 1440 wide, the pointer in its corner, nothing stored or allowed."""
        if self._page is None:
            self._page = _opened(self._browser)
            return self._page
        page = self._page
        page.set_viewport_size(SCREEN)
        page.mouse.move(0, 0)
        page.context.clear_cookies()
        page.context.clear_permissions()
        return page

    def leave(self) -> None:
        """End what runs on the page, and forget what it stored."""
        left = False
        try:
            self._page.evaluate(_FORGET)
            self._page.goto("about:blank")
            left = True
        finally:
            # A page that cannot be left is the trouble of one test, not of all that follow.
            if not left:
                self.close()

    def close(self) -> None:
        if self._page is not None:
            self._page.context.close()
            self._page = None


def _opened(browser: Any) -> Any:
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


@contextmanager
def _without_errors(page: Any) -> Iterator[None]:
    """Fail where a script raises on the page before the block ends."""
    raised: list[str] = []
    listener = lambda error: raised.append(str(error))  # noqa: E731 - the same object is needed twice
    page.on("pageerror", listener)
    yield
    # Leaving breaks off what is still loading; that is no fault of the page.
    page.remove_listener("pageerror", listener)
    assert raised == []


@pytest.fixture(scope="package")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DemoLibrary:
    """Return the demo library, which is drawn and indexed once for all workers of a run."""
    return demo_library(
        tmp_path_factory, request.getfixturevalue("browser") if shutil.which("chromium") else None
    )


@pytest.fixture(scope="package")
def tab(browser: Any) -> Iterator[Tab]:
    shared = Tab(browser)
    yield shared
    shared.close()


@pytest.fixture
def page(tab: Tab) -> Iterator[Any]:
    """Return an empty page, 1440 wide; fails where a script raised on it.

    It is the page of the test before, so listeners, routes and scripts that a test adds belong on `own_page`.
    """
    opened = tab.blank()
    try:
        with _without_errors(opened):
            yield opened
    finally:
        tab.leave()


@pytest.fixture
def own_page(browser: Any) -> Iterator[Any]:
    """Return a page of its own context, whose cache is empty; fails where a script raised on it."""
    opened = _opened(browser)
    try:
        with _without_errors(opened):
            yield opened
    finally:
        opened.context.close()
