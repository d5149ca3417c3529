"""How the stand-in goes wrong: keys, quotas, rates and faults, met by the real SDK."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from twelvelabs import MultiInputRequest, TwelveLabs
from twelvelabs.core.api_error import ApiError

from tests.twelvelabs_bench import begun, client_of, code_of, film, finished, uploaded
from tests.twelvelabs_server.running import KEY_WITHOUT_RIGHTS, PROJECT_ROOT, StandIn, standing_in

TASKS = "POST /embed-v2/tasks"
RESULT = "GET /embed-v2/tasks/{task_id}"


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def server(running: StandIn) -> Iterator[StandIn]:
    """The stand-in as it was at first, with nothing counted."""
    yield running
    running.control(
        reset=True, quota="left", error_shape="documented", rate_limit=0, fault_share=0, retry_after_s=1,
        fault_routes=[], transient_share=0, permanent_share=0, slow_s=5, keys=[],
    )  # fmt: skip


@pytest.fixture(scope="module")
def client(running: StandIn) -> TwelveLabs:
    return client_of(running)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "clip.mp4", ["red"])


@pytest.fixture(scope="module")
def asset(client: TwelveLabs, clip: Path) -> str:
    return uploaded(client, clip)


def ask(client: TwelveLabs) -> Any:
    return client.embed.v_2.create(
        input_type="multi_input",
        model_name="marengo3.5",
        multi_input=MultiInputRequest(input_text="red"),
    )


def error_of(call: Callable[[], Any]) -> ApiError:
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value


def test_a_wrong_key_is_a_401_and_one_without_rights_a_403(server: StandIn) -> None:
    """Flat, as the SDK's type has it; only the keys that are named are good."""
    wrong = error_of(lambda: client_of(server, "wrong").assets.list())
    assert (wrong.status_code, wrong.body["code"]) == (401, "api_key_invalid")
    assert error_of(lambda: client_of(server, KEY_WITHOUT_RIGHTS).assets.list()).status_code == 403
    server.control(keys=["tlk_mine"])
    assert error_of(lambda: client_of(server).assets.list()).status_code == 401
    client_of(server, "tlk_mine").assets.list()


@pytest.mark.parametrize("status", [402, 403, 429])
def test_an_exhausted_quota_refuses_what_costs_money(
    server: StandIn, client: TwelveLabs, asset: str, status: int
) -> None:
    """Tasks and queries are refused with a code of their own; looking is free."""
    server.control(quota=str(status))
    for call in (lambda: begun(client, asset), lambda: ask(client)):
        error = error_of(call)
        assert (error.status_code, code_of(error)) == (status, "usage_hard_limit_exceeded")
    client.assets.list()
    assert server.statistics()["billable_calls"] == 0


def test_errors_come_in_two_shapes(server: StandIn, client: TwelveLabs) -> None:
    """As each route documents it, or all in one."""
    calls = (lambda: client.embed.v_2.tasks.retrieve("6" * 24), lambda: client.assets.retrieve("6" * 24))
    expected = {"documented": ("error", "code"), "nested": ("error", "error"), "flat": ("code", "code")}
    for shape, first in expected.items():
        server.control(error_shape=shape)
        assert tuple(next(iter(error_of(call).body)) for call in calls) == first


def test_the_rate_limit_is_told_and_held(server: StandIn, client: TwelveLabs) -> None:
    """Every answer has the headers; beyond the limit is a 429 until the window ends."""
    server.control(rate_limit=3, rate_window_s=5.0)
    answers = [httpx.get(f"{server.url}/assets", headers={"x-api-key": "tlk_test_a"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[1].headers["X-RateLimit-Used"] == "2"
    wait_s = float(answers[3].headers["Retry-After"])
    assert time.time() < float(answers[3].headers["X-RateLimit-Reset"]) < time.time() + 6.1
    time.sleep(wait_s)
    assert httpx.get(f"{server.url}/assets", headers={"x-api-key": "tlk_test_a"}).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("500", 500), ("503", 503)])
def test_a_status_fault_does_no_work(
    server: StandIn, client: TwelveLabs, asset: str, fault: str, status: int
) -> None:
    """The call fails once, nothing was created, and the next one succeeds."""
    server.fail_next(TASKS, fault)
    error = error_of(lambda: begun(client, asset))
    assert error.status_code == status
    assert error.headers is not None
    assert ("retry-after" in error.headers) == (status != 500)
    before = len(server.statistics()["tasks"])
    begun(client, asset)
    assert len(server.statistics()["tasks"]) == before + 1


def test_a_429_may_have_no_body(server: StandIn, client: TwelveLabs) -> None:
    """Only the status and the headers say it."""
    server.control(retry_after_s=7)
    server.fail_next("GET /assets", "429-empty")
    error = error_of(client.assets.list)
    assert (error.status_code, error.body) == (429, "")
    assert error.headers is not None
    assert error.headers["retry-after"] == "7"


@pytest.mark.parametrize(("fault", "created"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_comes_before_or_after_the_work(
    server: StandIn, client: TwelveLabs, asset: str, fault: str, created: int
) -> None:
    """The client sees a broken connection either way; only afterwards is there a task."""
    before = len(server.statistics()["tasks"])
    server.fail_next(TASKS, fault)
    with pytest.raises(httpx.TransportError):
        begun(client, asset)
    assert len(server.statistics()["tasks"]) == before + created


def test_a_slow_answer_comes_after_the_client_gave_up(server: StandIn, asset: str) -> None:
    """The client times out, and the work was done."""
    server.control(slow_s=0.6)
    server.fail_next(TASKS, "slow")
    before = len(server.statistics()["tasks"])
    with pytest.raises(httpx.ReadTimeout):
        begun(client_of(server, timeout_s=0.3), asset)
    assert len(server.statistics()["tasks"]) == before + 1


def test_a_truncated_answer_is_no_json(server: StandIn, client: TwelveLabs, asset: str) -> None:
    """The status is one of success, the body ends in the middle, the work was done."""
    server.fail_next(TASKS, "truncated")
    error = error_of(lambda: begun(client, asset))
    assert error.status_code == 202
    assert str(error.body).startswith('{"_id"')


def test_a_task_may_fail_after_it_was_created(server: StandIn, client: TwelveLabs, clip: Path) -> None:
    """By order, by share of contents (once or always), by the file's name; failures are not billed."""
    asset = uploaded(client, clip, "ours.mp4")

    def outcome(asset_id: str = asset) -> str | None:
        task = finished(client, begun(client, asset_id))
        return task.error.message if task.error else None

    server.fail_next(TASKS, "task-fails")
    assert outcome() == "The embedding service is temporarily unstable. Please try again later."
    assert outcome() is None
    server.control(permanent_share=1)
    assert [str(outcome())[:20] for _ in range(2)] == ["We could not process"] * 2
    server.control(permanent_share=0)
    assert outcome(uploaded(client, clip, "fails-permanently.mp4")) is not None
    told = server.statistics()
    assert [bill["filename"] for bill in told["bills"]].count("ours.mp4") == 1
    assert len(told["failed_for_good"]) == 1
    with standing_in(transient_share=1) as other:
        client = client_of(other)
        asset = uploaded(client, clip)
        assert str(outcome(asset)).endswith("try again later.")
        assert outcome(asset) is None


def test_vectors_may_be_spoiled(server: StandIn, client: TwelveLabs, asset: str) -> None:
    """A NaN or a wrong length in one answer; the next one is whole."""
    task_id = begun(client, asset)
    finished(client, task_id)
    for fault, bad in (("nan", lambda v: np.isnan(v).any()), ("dimension", lambda v: len(v) == 511)):
        server.fail_next(RESULT, fault)
        for spoiled in (True, False):
            data = client.embed.v_2.tasks.retrieve(task_id).data
            assert data is not None
            assert bad(np.array(data[-1].embedding)) == spoiled
    server.fail_next("POST /embed-v2", "nan")
    assert np.isnan(ask(client).data[0].embedding).any()


def test_an_asset_may_be_stuck(server: StandIn, client: TwelveLabs, clip: Path) -> None:
    """It is processing for ever; sent again, it is ready."""
    server.fail_next("POST /assets", "asset-stuck")
    assert [client.assets.retrieve(uploaded(client, clip)).status for _ in range(2)] == [
        "processing",
        "ready",
    ]


def test_a_share_of_calls_fails_the_same_way_with_the_same_seed() -> None:
    """About as many as were asked for, of the kinds that were named, on the routes that were named."""

    def outcomes() -> list[int]:
        headers = {"x-api-key": "tlk_test_a"}
        kinds = ("500", "503")
        with (
            standing_in(fault_share=0.3, fault_kinds=kinds, fault_seed=4) as server,
            httpx.Client(base_url=server.url, headers=headers) as caller,
        ):
            found = [caller.get("assets").status_code for _ in range(100)]
            assert sum(server.statistics()["faults"].values()) == 100 - found.count(200)
            server.control(fault_routes=["POST /assets"], fault_share=1)
            assert caller.get("assets").status_code == 200
            return found

    first = outcomes()
    assert set(first) == {200, 500, 503}
    assert 18 <= 100 - first.count(200) <= 42
    assert outcomes() == first


def test_what_cannot_be_is_refused_by_the_control_route(server: StandIn) -> None:
    """An option or a fault that does not exist is an error, not silence."""
    for wrong in ({"speed": 1}, {"fault_kinds": ["earthquake"]}):
        with pytest.raises(ValueError, match="no such"):
            server.control(**wrong)
    with pytest.raises(ValueError, match="cannot happen"):
        server.fail_next("GET /assets", "nan")


def test_it_ends_with_whoever_started_it() -> None:
    """A script that is killed leaves no stand-in behind."""
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from tests.twelvelabs_server.running import start; import time; print(start().url, flush=True);"
            "time.sleep(60)",
        ],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    starter.kill()
    starter.wait()
    starter.stdout.close()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            httpx.get(url, timeout=1)
        except httpx.ConnectError:
            return
        time.sleep(0.1)
    pytest.fail("the stand-in is still there")


def test_an_order_to_spoil_vectors_waits_until_there_are_some(clip: Path) -> None:
    """Answers about a task that is processing have nothing to spoil and do not use the order up."""
    with standing_in(task_s=0.4) as server:
        client = client_of(server)
        task_id = begun(client, uploaded(client, clip))
        server.fail_next(RESULT, "nan")
        task = finished(client, task_id)
        assert task.data is not None
        assert np.isnan(task.data[-1].embedding).any()
