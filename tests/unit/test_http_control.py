"""Orders from the command line, and what whoever watches the process is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette

from core.errors import CuepointError, IndexUnavailable
from core.http.routes import routes
from core.library_model import Added, RebuildReport
from core.tokens import Tokens
from tests.web import Browser, SmallLibrary


@pytest.fixture
def library(tmp_path: Path) -> SmallLibrary:
    return SmallLibrary(tmp_path)


def bearer(library: SmallLibrary) -> dict[str, str]:
    return {"Authorization": f"Bearer {library.tokens.control()}"}


def test_demo_is_added(library: SmallLibrary) -> None:
    """The order to add the demo is carried out and answered with a sentence and the numbers."""
    answer = Browser(library).post("/api/control/demo", headers=bearer(library))
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "1 demo clips added, 1 were there before.",
        "added": 1,
        "known": 1,
    }


def test_refused_demo_clips_are_named(library: SmallLibrary) -> None:
    """A demo clip that could not be added says why."""
    library.add_demo = lambda: [Added("a.mp4", None, known=False, message="The disk is full.")]  # type: ignore[method-assign]  # the case under test
    answer = Browser(library).post("/api/control/demo", headers=bearer(library))
    assert answer.json()["message"] == "0 demo clips added, 0 were there before. The disk is full."


def test_index_is_rebuilt(library: SmallLibrary) -> None:
    """The order to rebuild is carried out and answered with what was written."""
    answer = Browser(library).post("/api/control/rebuild", headers=bearer(library))
    assert answer.json() == {
        "message": "The index was rebuilt: 3 videos, 45 embeddings, none embedded again.",
        "videos": 3,
        "rows": 45,
    }


@pytest.mark.parametrize("machine", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_order(library: SmallLibrary, machine: str) -> None:
    """Every loopback address is this machine."""
    answer = Browser(library, machine=machine).post("/api/control/rebuild", headers=bearer(library))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "machine", ["192.168.1.7", "8.8.8.8", "fe80::1", "::ffff:10.0.0.1", "testclient", ""]
)
def test_other_machines_may_not(library: SmallLibrary, machine: str) -> None:
    """A valid token is worth nothing on another machine."""
    answer = Browser(library, machine=machine).post("/api/control/rebuild", headers=bearer(library))
    assert answer.status_code == 403
    assert "the machine that Cuepoint runs on" in answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "8.8.8.8"},
        {"Forwarded": "for=8.8.8.8"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_proxies_and_pages_may_not(library: SmallLibrary, headers: dict[str, str]) -> None:
    """What came through a proxy or from a web page is refused, although it arrives from loopback."""
    answer = Browser(library).post("/api/control/rebuild", headers=bearer(library) | headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "authorization",
    [
        lambda library: None,
        lambda library: "Bearer",
        lambda library: "Bearer forged",
        lambda library: library.tokens.control(),
        lambda library: f"Basic {library.tokens.control()}",
        lambda library: f"Bearer {library.tokens.upload()}",
        lambda library: f"Bearer {Tokens(b'x' * 32, 3600).control()}",
    ],
)
def test_token_is_needed(library: SmallLibrary, authorization: object) -> None:
    """Only the control token of this installation gives orders."""
    value = authorization(library)
    headers = {"Authorization": value} if value else {}
    assert Browser(library).post("/api/control/rebuild", headers=headers).status_code == 403
    query = f"/api/control/rebuild?token={library.tokens.control()}"
    assert Browser(library).post(query).status_code == 403


def test_old_token_is_gone(library: SmallLibrary) -> None:
    """A control token of an hour ago is expired."""
    old = Tokens(bytes.fromhex(library.layout.secret.read_text()), 3600, clock=lambda: 10**9).control()
    answer = Browser(library).post("/api/control/rebuild", headers={"Authorization": f"Bearer {old}"})
    assert answer.status_code == 410


def test_unknown_work_and_methods(library: SmallLibrary) -> None:
    """Only the two orders exist, and looking at them does nothing."""
    browser = Browser(library)
    assert browser.post("/api/control/delete", headers=bearer(library)).status_code == 404
    assert browser.get("/api/control/rebuild", headers=bearer(library)).status_code == 405


def test_one_order_at_a_time(library: SmallLibrary) -> None:
    """A second order during the first is told to wait; afterwards there is room again."""
    began, finish = threading.Event(), threading.Event()

    def slowly() -> RebuildReport:
        began.set()
        assert finish.wait(10)
        return RebuildReport(1, 1)

    library.rebuild = slowly  # type: ignore[method-assign]  # the case under test
    answers: list[int] = []

    def order() -> None:
        answers.append(Browser(library).post("/api/control/rebuild", headers=bearer(library)).status_code)

    first = threading.Thread(target=order)
    first.start()
    assert began.wait(10)
    second = Browser(library).post("/api/control/demo", headers=bearer(library))
    finish.set()
    first.join()
    assert (second.status_code, "Wait until" in second.json()["message"]) == (409, True)
    assert answers == [200]
    assert Browser(library).post("/api/control/demo", headers=bearer(library)).status_code == 200


def test_alive_and_ready(library: SmallLibrary) -> None:
    """Both say yes while everything works, to anybody, and nobody keeps the answer."""
    stranger = Browser(library, machine="8.8.8.8")
    health, ready = stranger.get("/api/health"), stranger.get("/api/ready")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "index": "ready", "engine": "ready", "disk": "ready"},
    )
    assert ready.headers["cache-control"] == "no-store"


def test_not_ready_without_index(library: SmallLibrary) -> None:
    """While the index is down the process is alive but not ready, and tells no particulars."""
    library.index_ready = False
    browser = Browser(library)
    answer = browser.get("/api/ready")
    assert (answer.status_code, answer.json()["index"]) == (503, "not ready")
    assert set(answer.json().values()) <= {"ready", "not ready"}
    assert browser.get("/api/health").status_code == 200


def test_no_library_yet() -> None:
    """Before the library is open, and after it failed, every route says 503 and health says alive."""

    def missing() -> SmallLibrary:
        raise CuepointError("Cuepoint is still starting.")

    browser = Browser(Starlette(routes=routes(missing)))
    assert browser.get("/api/health").status_code == 200
    assert browser.get("/api/ready").json() == {
        "status": "not ready",
        "index": "unknown",
        "engine": "unknown",
        "disk": "unknown",
    }
    for method, path in [("GET", "/api/media/x"), ("PUT", "/api/upload"), ("POST", "/api/control/demo")]:
        answer = browser.request(method, path)
        assert (answer.status_code, answer.json()) == (503, {"message": "Cuepoint is still starting."})


def test_failing_status_is_not_ready(library: SmallLibrary) -> None:
    """A status that cannot be had means not ready."""

    def fail() -> None:
        raise IndexUnavailable("The file /secret/milvus.db is locked.")

    library.status = fail  # type: ignore[method-assign,assignment]  # the failure under test
    answer = Browser(library).get("/api/ready")
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_many_who_watch_cost_one_look(library: SmallLibrary) -> None:
    """Asking again at once does not walk the disk again."""
    looks = 0
    status = library.status

    def counted() -> object:
        nonlocal looks
        looks += 1
        return status()

    library.status = counted  # type: ignore[method-assign,assignment]  # to count
    browser = Browser(library)
    assert {browser.get("/api/ready").status_code for _ in range(20)} == {200}
    assert looks == 1
