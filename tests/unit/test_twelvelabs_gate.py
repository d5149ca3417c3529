"""When Twelve Labs asks one thread to wait, all of them know for how long."""

from __future__ import annotations

import email.utils

import httpx
import pytest

from core.embedding.twelvelabs.gate import Gate, asked_to_wait_s, endpoint, retry_after_s

NOW = 1_800_000_000.0
TASKS = "POST v1.3/embed-v2/tasks"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(clock, lambda: NOW)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": email.utils.formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"Retry-After": email.utils.formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"X-RateLimit-Reset": str(int(NOW) + 12)}, 12.0),
        ({"X-RateLimit-Reset": str((int(NOW) + 12) * 1000)}, 12.0),
        ({"X-RateLimit-Reset": "9"}, 9.0),
        ({"Retry-After": "3", "X-RateLimit-Reset": "9"}, 3.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, 9.0),
        ({"X-RateLimit-Remaining": "55", "X-RateLimit-Reset": "9"}, None),
        ({"X-RateLimit-Remaining": "55", "Retry-After": "3"}, 3.0),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "9"}, 9.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
def test_every_way_of_saying_when(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, dates and moments since 1970 are understood; nonsense says nothing."""
    assert asked_to_wait_s(httpx.Headers(headers), NOW) == seconds


def test_only_retry_after_delays_a_fault() -> None:
    """The reset of a limit that is not used up is no reason to wait after a 500."""
    assert retry_after_s(httpx.Headers({"X-RateLimit-Reset": "60"}), NOW) is None


def test_a_limit_closes_its_endpoint_until_then(gate: Gate, clock: Clock) -> None:
    """After a 429 the endpoint stays closed for as long as was asked, and then opens."""
    gate.heard(TASKS, 429, httpx.Headers({"Retry-After": "7"}))
    assert gate.closed_for_s(TASKS) == 7.0
    clock.now += 6.0
    assert gate.closed_for_s(TASKS) == pytest.approx(1.0)
    clock.now += 1.0
    assert gate.closed_for_s(TASKS) == 0.0


def test_the_last_request_of_a_window_closes_it(gate: Gate) -> None:
    """A good answer that leaves 0 requests closes the endpoint before anybody is refused."""
    gate.heard(TASKS, 200, httpx.Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4"}))
    assert gate.closed_for_s(TASKS) == 4.0


def test_a_window_with_room_stays_open(gate: Gate) -> None:
    """A good answer with requests left closes nothing, whatever it says of the reset."""
    gate.heard(TASKS, 200, httpx.Headers({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "4"}))
    assert gate.closed_for_s(TASKS) == 0.0


def test_a_limit_of_one_endpoint_leaves_the_others_open(gate: Gate) -> None:
    """While the minutes of video are used up, words can still be embedded."""
    gate.heard(TASKS, 429, httpx.Headers({"Retry-After": "3600"}))
    assert gate.closed_for_s("POST v1.3/embed-v2") == 0.0


def test_without_a_word_the_wait_grows(gate: Gate, clock: Clock) -> None:
    """A 429 without headers is waited for 1 s, then 2 s, 4 s... up to a minute, and 1 s after a success."""
    waits = []
    for _ in range(8):
        gate.heard(TASKS, 429, httpx.Headers())
        waits.append(gate.closed_for_s(TASKS))
        clock.now += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    gate.heard(TASKS, 200, httpx.Headers())
    gate.heard(TASKS, 429, httpx.Headers())
    assert gate.closed_for_s(TASKS) == 1.0


def test_ten_refusals_at_once_are_one(gate: Gate) -> None:
    """Requests that were on their way when the endpoint closed do not make the wait longer."""
    for _ in range(10):
        gate.heard(TASKS, 429, httpx.Headers())
    assert gate.closed_for_s(TASKS) == 1.0


def test_a_shorter_wait_does_not_open_it_earlier(gate: Gate) -> None:
    """Of two waits that were asked for, the one that ends later counts."""
    gate.heard(TASKS, 429, httpx.Headers({"Retry-After": "30"}))
    gate.heard(TASKS, 429, httpx.Headers({"Retry-After": "1"}))
    assert gate.closed_for_s(TASKS) == 30.0


def test_identifiers_do_not_make_endpoints() -> None:
    """Asking for one task or another is one endpoint, creating a task is another."""
    one = endpoint("get", "/v1.3/embed-v2/tasks/64f8d2c7e4a1b37f8a9c5d12")
    assert one == endpoint("GET", "/v1.3/embed-v2/tasks/64f8d2c7e4a1b37f8a9c5d13")
    assert one == "GET v1.3/embed-v2/tasks/*"
    assert endpoint("POST", "/v1.3/embed-v2/tasks") == TASKS
