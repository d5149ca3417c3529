"""Every request to Twelve Labs, with the real SDK: what is repeated, what is not, what gets out."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from twelvelabs import MultiInputRequest

from core.config import Settings
from core.embedding.twelvelabs import sentences
from core.embedding.twelvelabs.calls import Calls
from core.errors import (
    Cancelled,
    CuepointError,
    EngineBusy,
    EngineLimitReached,
    EngineOutcomeUnknown,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    NotFound,
    SettingsError,
)
from core.logs import close_log, open_log
from tests.twelvelabs_server.running import KEY, KEY_WITHOUT_RIGHTS, StandIn, standing_in

QUERY = "POST /embed-v2"
LIST = "GET /embed-v2/tasks"
TRANSIENT = ("500", "503", "429", "429-empty", "reset-before", "reset-after", "truncated")


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def server(running: StandIn) -> StandIn:
    running.control(reset=True, retry_after_s=0.2, quota="left", rate_limit=0, fault_share=0.0, slow_s=3.0)
    return running


def settings(url: str, key: str = KEY, **more: Any) -> Settings:
    return Settings(twelve_labs_base_url=url, twelve_labs_api_key=key, **more)


@pytest.fixture
def calls(server: StandIn) -> Iterator[Calls]:
    calls = Calls(settings(server.url))
    yield calls
    calls.close()


@pytest.fixture
def impatient(server: StandIn) -> Iterator[Calls]:
    """Calls that give up a slow answer."""
    calls = Calls(settings(server.url, engine_timeout_s=1.0))
    yield calls
    calls.close()


def words(calls: Calls) -> Callable[[], int]:
    """Return a call of the SDK that embeds a text and gives the length of its vector."""
    asked = MultiInputRequest(input_text="red car")

    def call() -> int:
        answer = calls.sdk.embed.v_2.create(
            input_type="multi_input", model_name="marengo3.5", multi_input=asked
        )
        return len(answer.data[0].embedding)

    return call


def tasks(calls: Calls) -> Callable[[], int]:
    return lambda: len(list(calls.sdk.embed.v_2.tasks.list()))


def count(server: StandIn, route: str) -> int:
    return int(server.statistics()["calls"].get(route, 0))


# -- repeating --


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_is_harmless_is_repeated(server: StandIn, calls: Calls, fault: str) -> None:
    """Every transient fault is overcome by asking again, twice here."""
    server.fail_next(QUERY, fault, 2)
    assert calls.harmless("query", words(calls)) == 512
    assert count(server, QUERY) == 3


@pytest.mark.parametrize("fault", ["truncated", "500", "429-empty"])
def test_lists_are_repeated_too(server: StandIn, calls: Calls, fault: str) -> None:
    """What is parsed into a page of a list is repeated like a single answer."""
    server.fail_next(LIST, fault, 1)
    assert calls.harmless("list", tasks(calls)) == 0


def test_a_slow_answer_is_given_up_and_asked_for_again(server: StandIn, impatient: Calls) -> None:
    """An answer that takes longer than the setting says is not waited for."""
    server.control(slow_s=30.0)
    server.fail_next(QUERY, "slow", 1)
    began = time.monotonic()
    assert impatient.harmless("query", words(impatient)) == 512
    assert time.monotonic() - began < 20


def test_the_time_for_repeating_is_bounded(server: StandIn, calls: Calls) -> None:
    """With a deadline of half a second a service that is down is given up soon."""
    server.control(fault_share=1.0, fault_kinds=["500"])
    began = time.monotonic()
    with pytest.raises(EngineUnavailable):
        calls.harmless("query", words(calls), deadline_s=0.5)
    assert time.monotonic() - began < 8.0
    assert 2 <= count(server, QUERY) <= 4


@pytest.mark.parametrize("fault", ["500", "503", "reset-before", "reset-after", "truncated"])
def test_what_may_have_been_done_is_sent_once(server: StandIn, calls: Calls, fault: str) -> None:
    """A request that must not be sent twice is sent once, and says that its outcome is not known."""
    server.fail_next(QUERY, fault, 1)
    with pytest.raises(EngineOutcomeUnknown):
        calls.once("query", words(calls))
    assert count(server, QUERY) == 1


def test_an_answer_that_comes_too_late_leaves_it_open(server: StandIn, impatient: Calls) -> None:
    """A request that must not be repeated and times out may have been carried out: it is sent once."""
    server.fail_next(QUERY, "slow", 1)
    with pytest.raises(EngineOutcomeUnknown):
        impatient.once("query", words(impatient))
    assert count(server, QUERY) == 1


def test_a_limit_is_known_not_to_have_happened(server: StandIn, calls: Calls) -> None:
    """A 429 to a request that must not be repeated is a wait, not an unknown outcome."""
    server.fail_next(QUERY, "429", 1)
    with pytest.raises(EngineBusy) as caught:
        calls.once("query", words(calls))
    assert caught.value.retry_after_s == pytest.approx(0.2, abs=0.15)
    assert calls.once("query", words(calls)) == 512
    assert count(server, QUERY) == 2


def test_without_a_connection_nothing_was_sent() -> None:
    """Where nobody listens, a request that must not be repeated has certainly not happened."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1.3"
        calls = Calls(settings(url))
        with pytest.raises(EngineUnavailable) as caught:
            calls.once("query", words(calls))
    assert type(caught.value) is EngineUnavailable
    assert caught.value.message == sentences.UNREACHABLE
    assert calls.health.trouble is caught.value


def test_our_own_errors_pass_through(calls: Calls) -> None:
    """A person's cancelling in the middle of a call is not taken for a fault of the provider."""

    def call() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        calls.harmless("upload", call)


# -- limits --


def test_ten_threads_discover_a_limit_once(server: StandIn, calls: Calls) -> None:
    """After one thread was refused, the others wait without asking, and all get through."""
    server.control(retry_after_s=1.5)
    server.fail_next(QUERY, "429", 1)
    with pytest.raises(EngineBusy):
        calls.once("query", words(calls))
    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: calls.harmless("query", words(calls)), range(10)))
    assert found == [512] * 10
    assert time.monotonic() - began > 0.5
    statuses = server.statistics()["statuses"]
    assert statuses["429"] == 1


def test_the_last_request_of_a_window_warns_everybody(server: StandIn, calls: Calls) -> None:
    """`X-RateLimit-Remaining: 0` closes the endpoint, so that nobody is ever refused."""
    server.control(rate_limit=3, rate_window_s=1.0)
    for _ in range(7):
        calls.harmless("query", words(calls))
    assert server.statistics()["statuses"].get("429", 0) <= 1


def test_a_long_wait_is_not_waited_for(server: StandIn, calls: Calls) -> None:
    """A limit that lasts a minute is told to the caller at once, with the time."""
    server.control(retry_after_s=60)
    server.fail_next(QUERY, "429", 1)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(EngineBusy) as caught:
            calls.harmless("query", words(calls))
        assert caught.value.retry_after_s == pytest.approx(60, abs=9)
    assert time.monotonic() - began < 8.0
    assert count(server, QUERY) == 1


# -- key, rights, quota, address --


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("tlk_wrong", sentences.WRONG_KEY),
        (KEY_WITHOUT_RIGHTS, sentences.no_right("")),
        ("", sentences.NO_KEY),
        ("tlk_test_with a blank", sentences.MALFORMED_KEY),
        ("tlk_test_…", sentences.MALFORMED_KEY),
    ],
)
def test_a_key_that_does_not_work_has_one_sentence(server: StandIn, key: str, sentence: str) -> None:
    """Missing, wrong and powerless keys stop at once, each with its own sentence."""
    calls = Calls(settings(server.url, key))
    for send in (calls.harmless, calls.once):
        with pytest.raises(EngineUnauthorized) as caught:
            send("query", words(calls))
        assert caught.value.message == sentence


def test_blanks_around_a_key_do_no_harm(server: StandIn) -> None:
    """A key that was copied with a line end works."""
    calls = Calls(settings(server.url, f" {KEY}\n"))
    assert calls.harmless("query", words(calls)) == 512


@pytest.mark.parametrize("status", ["402", "403", "429"])
def test_an_exhausted_quota_is_no_rate_limit(server: StandIn, calls: Calls, status: str) -> None:
    """However the provider says that the quota is used up, it is said once and not waited for."""
    server.control(quota=status)
    with pytest.raises(EngineLimitReached) as caught:
        calls.harmless("query", words(calls))
    assert caught.value.message == sentences.QUOTA
    assert calls.health.trouble is caught.value
    assert calls.harmless("list", tasks(calls)) == 0
    assert calls.health.trouble is caught.value, "reading works all the same"


def test_a_good_answer_ends_the_trouble(server: StandIn, calls: Calls) -> None:
    """Once the service answers again, nothing is left of a fault that passed."""
    server.fail_next(QUERY, "500", 1)
    with pytest.raises(EngineOutcomeUnknown):
        calls.once("query", words(calls))
    assert calls.health.trouble is not None
    calls.harmless("list", tasks(calls))
    assert calls.health.trouble is None


def test_a_refused_input_is_no_trouble(server: StandIn, calls: Calls) -> None:
    """A 400 is the input's fault; the service works."""
    long = MultiInputRequest(input_text="word " * 9000)
    with pytest.raises(EngineRefused, match="2000 tokens"):
        calls.harmless(
            "query",
            lambda: calls.sdk.embed.v_2.create(
                input_type="multi_input", model_name="marengo3.5", multi_input=long
            ),
        )
    with pytest.raises(NotFound):
        calls.harmless("task", lambda: calls.sdk.embed.v_2.tasks.retrieve("64f8d2c7e4a1b37f8a9c5d12"))
    assert calls.health.trouble is None


def test_the_address_in_the_settings_wins(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own variable for the address does not override ours."""
    monkeypatch.setenv("TWELVELABS_BASE_URL", "http://127.0.0.1:9/v1.3")
    calls = Calls(settings(f"{server.url}/"))
    assert calls.harmless("query", words(calls)) == 512


def test_an_address_that_is_none_names_the_setting() -> None:
    """A base address without a scheme is refused when the engine is opened."""
    with pytest.raises(SettingsError, match="TWELVE_LABS_BASE_URL"):
        Calls(settings("api.example.org"))


def test_a_redirect_does_not_carry_the_key_away() -> None:
    """A redirect is not followed: it would send the key to wherever it leads."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:  # The test is over.
                    return
                with connection:
                    seen.append(connection.recv(65536))
                    connection.sendall(
                        f"HTTP/1.1 307 x\r\nLocation: {url}/elsewhere\r\nContent-Length: 0\r\n"
                        "Connection: close\r\n\r\n".encode()
                    )

        threading.Thread(target=serve, daemon=True).start()
        calls = Calls(settings(url))
        with pytest.raises(EngineUnavailable) as caught:
            calls.harmless("query", words(calls), deadline_s=0.5)
    assert caught.value.message == sentences.REDIRECTED
    assert not any(b"/elsewhere" in request for request in seen)


# -- what gets out --


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__


@pytest.mark.parametrize(
    ("fault", "key"),
    [*((fault, KEY) for fault in (*TRANSIENT, "slow")), (None, "tlk_s3cret"), (None, KEY_WITHOUT_RIGHTS)],
)
def test_nothing_secret_reaches_the_log(server: StandIn, tmp_path: Path, fault: str | None, key: str) -> None:
    """After every kind of failure, logged with its traceback at the finest level, no key and no header."""
    handler = open_log(tmp_path, "DEBUG")
    calls = Calls(settings(server.url, key, engine_timeout_s=1.0 if fault == "slow" else 20.0))
    if fault:
        server.fail_next(QUERY, fault, 1)
    with pytest.raises(CuepointError) as caught:
        calls.once("query", words(calls))
    logging.getLogger("core.test").error("failed", exc_info=caught.value)
    close_log(handler)
    written = (tmp_path / "cuepoint.log").read_text().lower()
    assert "engine.call_failed what=query" in written
    for secret in (key, "x-api-key", "x-ratelimit", "set-cookie", "content-type", "signature", "red car"):
        assert secret not in written
    kinds = [type(link).__module__.partition(".")[0] for link in _chain(caught.value)]
    assert set(kinds) == {"core"}, "no exception of a driver is in the chain"


def test_a_signed_address_reaches_no_log(server: StandIn, tmp_path: Path) -> None:
    """The address of a part of an upload is in no line and no error, whatever becomes of it."""
    handler = open_log(tmp_path, "DEBUG")
    calls = Calls(settings(server.url))
    address = f"{server.root}/v1.3/chunks/none?X-Amz-Signature=s1gned&X-Amz-Credential=s1gned"

    def put() -> httpx.Response:
        return calls.http.put(address, content=b"x").raise_for_status()

    with pytest.raises(CuepointError) as caught:
        calls.harmless("send part", put, deadline_s=0.2)
    logging.getLogger("core.test").error("failed", exc_info=caught.value)
    close_log(handler)
    written = (tmp_path / "cuepoint.log").read_text()
    assert "what=send_part" in written
    assert "s1gned" not in written
    assert "Signature" not in written
    assert calls.health.trouble is None, "it says nothing about the key"
