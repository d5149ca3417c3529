"""What the stand-in counts, bills, lists and forgets, seen through the real SDK."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twelvelabs import TwelveLabs
from twelvelabs.core.api_error import ApiError

from tests.twelvelabs_bench import begun, client_of, film, finished, uploaded
from tests.twelvelabs_server.running import StandIn, standing_in


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture(scope="module")
def client(server: StandIn) -> TwelveLabs:
    return client_of(server)


@pytest.fixture(scope="module")
def red_green(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "red-green.mp4", ["red", "green"])


@pytest.fixture
def asset(client: TwelveLabs, red_green: Path) -> str:
    return uploaded(client, red_green)


def test_tasks_wait_for_each_other_and_are_billed_once_they_are_ready(red_green: Path) -> None:
    """Two at once: the third begins when the first ends; the minutes are the films'."""
    with standing_in(task_s=1.5, tasks_at_once=2) as server:
        client = client_of(server)
        asset_id = uploaded(client, red_green, "ours.mp4")
        tasks = [begun(client, asset_id) for _ in range(3)]
        assert server.statistics()["bills"] == []
        assert [finished(client, task_id).status for task_id in tasks] == ["ready"] * 3
        told = server.statistics()
        first, second, third = told["tasks"]
        assert [task["starts_at"] for task in (first, second)] == [
            task["created_at"] for task in (first, second)
        ]
        assert third["starts_at"] == first["ends_at"] == pytest.approx(first["starts_at"] + 1.5)
        assert time.time() >= third["ends_at"]
        assert (told["peak_processing"], told["peak_outstanding"]) == (2, 3)
        assert [(bill["task_id"], bill["filename"]) for bill in told["bills"]] == [
            (task_id, "ours.mp4") for task_id in tasks
        ]
        assert told["billed_minutes"] == pytest.approx(3 * 8 / 60, abs=0.01)
        (sha256,) = told["tasks_by_content"]
        assert told["tasks_by_content"] == {sha256: tasks}
        assert told["billed_by_content"] == {sha256: 3}


def test_results_are_forgotten_after_seven_days(client: TwelveLabs, server: StandIn, asset: str) -> None:
    """A week later the task is a 404 and no longer in the list; what it cost stays."""
    task_id = begun(client, asset)
    finished(client, task_id)
    billed = server.statistics()["billed_minutes"]
    server.control(clock_offset_s=7 * 86400 + 60)
    with pytest.raises(ApiError) as gone:
        client.embed.v_2.tasks.retrieve(task_id)
    assert gone.value.status_code == 404
    assert list(client.embed.v_2.tasks.list()) == []
    assert server.statistics()["billed_minutes"] == billed
    server.control(clock_offset_s=0)


def test_the_list_has_pages_newest_first(red_green: Path) -> None:
    """The SDK's pager comes to every task; page_limit is at most 50."""
    with standing_in() as server:
        client = client_of(server)
        asset_id = uploaded(client, red_green)
        tasks = [begun(client, asset_id) for _ in range(5)]
        assert [task.id for task in client.embed.v_2.tasks.list(page_limit=2)] == tasks[::-1]
        with pytest.raises(ApiError) as refused:
            client.embed.v_2.tasks.list(page_limit=51)
        assert refused.value.status_code == 400
        now = datetime.now(UTC)
        before, after = (now - timedelta(minutes=1)).isoformat(), (now + timedelta(minutes=1)).isoformat()
        assert len(list(client.embed.v_2.tasks.list(started_at=before))) == 5
        assert list(client.embed.v_2.tasks.list(started_at=after)) == []
        assert list(client.embed.v_2.tasks.list(ended_at=before)) == []
        finished(client, tasks[-1])
        assert list(client.embed.v_2.tasks.list(status="failed")) == []
        with pytest.raises(ApiError):
            client.embed.v_2.tasks.list(started_at="yesterday")


@pytest.mark.parametrize(
    ("names", "listed", "retrieved"),
    [("list", "ours.mp4", "ours.mp4"), ("retrieve", None, "ours.mp4"), ("none", None, None)],
)
def test_names_show_where_the_mode_says(
    client: TwelveLabs,
    server: StandIn,
    red_green: Path,
    names: str,
    listed: str | None,
    retrieved: str | None,
) -> None:
    """The list has model, duration, options and scopes, and the file's name only in one mode."""
    server.control(names=names)
    task_id = begun(client, uploaded(client, red_green, "ours.mp4"))
    found = next(iter(client.embed.v_2.tasks.list()))
    assert found.video_embedding is not None
    assert found.video_embedding.metadata is not None
    shown = found.video_embedding.metadata
    assert (found.id, found.model_name, shown.input_filename) == (task_id, "marengo3.5", listed)
    assert shown.duration == pytest.approx(8, abs=0.1)
    assert (shown.video_embedding_option, shown.video_embedding_scope) == (["visual", "audio"], ["clip"])
    metadata = client.embed.v_2.tasks.retrieve(task_id).metadata
    assert metadata is not None
    assert metadata.input_filename == retrieved
    server.control(names="list")


def test_a_task_may_be_listed_late(client: TwelveLabs, server: StandIn, asset: str) -> None:
    """With list_late_s a new task can be retrieved, but is not in the list yet."""
    server.control(list_late_s=0.6)
    task_id = begun(client, asset)
    assert client.embed.v_2.tasks.retrieve(task_id).id == task_id
    assert task_id not in [task.id for task in client.embed.v_2.tasks.list()]
    time.sleep(0.7)
    assert task_id in [task.id for task in client.embed.v_2.tasks.list()]
    server.control(list_late_s=0)
