"""What people are told when the provider cannot be used, and what the data folder never holds."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config import Settings
from core.errors import EngineError, EngineUnauthorized
from core.library import Library, open_library
from core.model import Query, Text
from tests.made_media import Film, made
from tests.twelvelabs_server.running import KEY, KEY_WITHOUT_RIGHTS, standing_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

WRONG_KEY = "tlk_wrong_0123456789abcdef"
TELLING = (b"x-api-key", b"set-cookie", b"x-amz-signature", b"x-ratelimit")
"""What a header, or a signed address, would bring into a file."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(made(Film(seconds=5.0, width=640, height=360), ".mp4"))
    return path


def settings(folder: Path, url: str, key: str) -> Settings:
    return Settings(
        data_dir=folder,
        engine="twelvelabs",
        twelve_labs_api_key=SecretStr(key),
        twelve_labs_base_url=url,
        engine_timeout_s=2.0,
        log_level="DEBUG",
    )


def until(condition: Callable[[], Any], timeout_s: float = 40) -> Any:
    """Return what the condition gives once it is true."""
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("it never came true")


def assert_says(message: str, *parts: str) -> None:
    """Check that a message is one or two plain sentences with these parts, and nothing technical."""
    assert message.endswith(".")
    assert "\n" not in message
    assert all(part in message for part in parts), message
    assert not any(word in message for word in ("Error", "Traceback", "http://", "headers", "{")), message


def assert_keeps_no_secret(folder: Path, key: str) -> None:
    """Check every file below the data folder, the logs at their most talkative included."""
    logs = list((folder / "logs").iterdir())
    assert logs
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert key.encode() not in content, path
            if path in logs:
                assert not [word for word in TELLING if word in content.lower()], path


def search_message(library: Library) -> str:
    with pytest.raises(EngineError) as caught:
        library.search(Query((Text("red"),)))
    return caught.value.message


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        (WRONG_KEY, ("does not know this key", "TWELVE_LABS_API_KEY")),
        (KEY_WITHOUT_RIGHTS, ("no right", "dashboard")),
    ],
)
def test_a_key_that_does_not_work_stops_the_queue_once(
    tmp_path: Path, film: Path, key: str, parts: tuple[str, ...]
) -> None:
    """Every job waits with the same sentence, which the search says as well; only the first asked."""
    data = tmp_path / "data"
    with standing_in(keys=(KEY,)) as server, open_library(settings(data, server.url, key)) as library:
        for number in range(6):
            copy = tmp_path / f"{number}.mp4"
            copy.write_bytes(film.read_bytes() + bytes(number))
            library.add_file(copy)
        with pytest.raises(EngineUnauthorized) as caught:
            library.wait(timeout_s=60)
        assert_says(caught.value.message, *parts)
        assert_says(library.blocked() or "", *parts)
        # Those that were under way at that moment may have asked as well, the others not.
        asked = server.statistics()["calls_in_all"]
        assert asked <= 3
        time.sleep(1.0)
        assert server.statistics()["calls_in_all"] == asked
        assert_says(search_message(library), *parts)
        assert not any(job.state == "failed" for job in library.jobs())
    assert_keeps_no_secret(data, key)


@pytest.mark.parametrize("quota", ["402", "403", "429"])
def test_an_exhausted_quota_parks_what_is_queued(tmp_path: Path, film: Path, quota: str) -> None:
    """The job waits with a sentence, and so does the search; when there is quota again, it goes on."""
    data = tmp_path / "data"
    with standing_in(quota=quota) as server, open_library(settings(data, server.url, KEY)) as library:
        library.add_file(film)
        job = until(lambda: next((job for job in library.jobs() if job.message), None))
        assert_says(job.message or "", "quota", "dashboard")
        assert not job.ended
        assert_says(search_message(library), "quota", "dashboard")
        server.control(quota="left")
        library.retry(job.id)
        library.wait(timeout_s=60)
        assert library.videos()[0].status == "ready"
    assert_keeps_no_secret(data, KEY)


def test_without_a_network_work_waits_and_says_so(tmp_path: Path, film: Path) -> None:
    """The sentence names the connection; nothing is given up."""
    data = tmp_path / "data"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1.3"
        with open_library(settings(data, url, KEY)) as library:
            library.add_file(film)
            job = until(lambda: next((job for job in library.jobs() if job.message), None))
            assert_says(job.message or "", "cannot be reached", "internet connection")
            assert not job.ended
            assert_says(search_message(library), "cannot be reached")
            assert_says(library.status().engine.message, "cannot be reached")
    assert_keeps_no_secret(data, KEY)


def test_without_a_key_the_library_opens_and_says_what_to_do(tmp_path: Path, film: Path) -> None:
    """Twelve Labs chosen without a key: everything but the engine works."""
    with open_library(settings(tmp_path / "data", "http://127.0.0.1:9/v1.3", "")) as library:
        library.add_file(film)
        with pytest.raises(EngineUnauthorized) as caught:
            library.wait(timeout_s=60)
        assert_says(caught.value.message, "no key", "TWELVE_LABS_API_KEY")
        assert library.status().engine.needs_key


def test_failing_calls_leave_no_secret(tmp_path: Path, film: Path) -> None:
    """Whatever goes wrong on the way to ready, keys, headers and signed addresses stay out of all files."""
    data = tmp_path / "data"
    with (
        standing_in(fault_share=0.4, slow_s=3.0) as server,
        open_library(settings(data, server.url, KEY)) as library,
    ):
        library.add_file(film)
        library.wait(timeout_s=100)
        assert library.videos()[0].status == "ready"
        assert server.statistics()["faults"]
    assert_keeps_no_secret(data, KEY)
