"""A child does the work on untrusted media, and whatever happens to it, happens only to it."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core import isolation
from core.errors import (
    Cancelled,
    CuepointError,
    EngineUnavailable,
    MediaError,
    MediaFault,
    MediaRefused,
    MediaTimeout,
    StorageFull,
)
from core.isolated import OPERATIONS, OUT_OF_MEMORY
from core.isolation import Bounds, run_isolated
from core.nursery import FLAG
from tests.unit import isolated_misbehaviour

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# The parent of the last test: says who its child is, then waits for it.
PARENT = """
import sys
from core import isolation
from tests.unit import isolated_misbehaviour
isolation._ENTRY = ("-m", "tests.unit.isolated_misbehaviour")
isolation.OPERATIONS.update(isolated_misbehaviour.OPERATIONS)
isolation.run_isolated("test.sleep", {"pid_file": sys.argv[1]})
"""


@pytest.fixture(autouse=True)
def _misbehaving_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_ENTRY", ("-m", "tests.unit.isolated_misbehaviour"))
    for name, function in isolated_misbehaviour.OPERATIONS.items():
        monkeypatch.setitem(OPERATIONS, name, function)


def children() -> list[psutil.Process]:
    """Return the processes that work for us; the nursery only waits."""
    found = []
    for child in psutil.Process().children(recursive=True):
        command = " ".join(child.cmdline())
        if "isolated" in command and not (FLAG in command and child.ppid() == os.getpid()):
            found.append(child)
    return found


def nursery() -> psutil.Process:
    return next(
        child
        for child in psutil.Process().children()
        if FLAG in child.cmdline() and "tests.unit.isolated_misbehaviour" in child.cmdline()
    )


def test_result_comes_back() -> None:
    """What an operation answers arrives as JSON says it."""
    value = {"text": "naïve “…” \udcff", "list": [1, 2.5, None, True], "big": "x" * 1_000_000}
    assert run_isolated("test.echo", {"value": value}) == value


def test_progress_is_reported() -> None:
    """Progress reaches the caller in the caller's own thread, never going back."""
    heard: list[tuple[float, str]] = []
    run_isolated(
        "test.echo",
        {"value": 1, "step_s": 0.15},
        report=lambda progress: heard.append((progress, threading.current_thread().name)),
    )
    assert [progress for progress, _ in heard] == sorted(progress for progress, _ in heard)
    assert {0.25, 0.5, 0.75} <= {progress for progress, _ in heard}
    assert {name for _, name in heard} == {threading.current_thread().name}


def test_noise_on_stdout_changes_nothing() -> None:
    """What libraries and their own children print on stdout is not taken for an answer."""
    assert run_isolated("test.noise", {}) == "true"


def test_endless_noise_does_not_block() -> None:
    """A library that prints megabytes neither blocks the child nor fills the parent's memory."""
    assert run_isolated("test.talk", {}, bounds=Bounds(timeout_s=30)) is None


@pytest.mark.parametrize("kind", [MediaRefused, StorageFull, EngineUnavailable, CuepointError])
def test_errors_keep_class_and_sentence(kind: type[CuepointError]) -> None:
    """An error of ours is raised in the parent as the same class with the same sentence."""
    with pytest.raises(CuepointError) as caught:
        run_isolated("test.fail", {"class": kind.__name__, "message": "Do “this” next."})
    assert type(caught.value) is kind
    assert caught.value.message == "Do “this” next."


def test_other_errors_say_nothing_private(caplog: pytest.LogCaptureFixture) -> None:
    """Any other error becomes a plain sentence that blames no file; its text is in the log only."""
    with pytest.raises(MediaFault) as caught:
        run_isolated("test.stumble", {})
    assert "a fault in Cuepoint" in caught.value.message
    assert "/a/path" not in caught.value.message
    assert "Convert it to an MP4" in caught.value.message
    assert "/a/path" in caplog.text


def test_full_disk_is_named() -> None:
    """A full disk in the child is StorageFull in the parent."""
    with pytest.raises(StorageFull, match="disk is full"):
        run_isolated("test.run_out_of_disk", {})


def test_total_time_is_bounded() -> None:
    """A child that takes longer than its bound is ended, whatever it reports."""
    started = time.monotonic()
    with pytest.raises(MediaTimeout, match="too long"):
        run_isolated("test.sleep", {}, bounds=Bounds(timeout_s=1))
    assert time.monotonic() - started < 5
    assert not children()


def test_silence_is_bounded() -> None:
    """A child without a sign of progress is ended at the idle bound, one that goes on is not."""
    with pytest.raises(MediaTimeout):
        run_isolated("test.sleep", {}, bounds=Bounds(timeout_s=60, idle_timeout_s=0.5))
    assert run_isolated(
        "test.echo", {"value": 7, "step_s": 0.5}, bounds=Bounds(timeout_s=60, idle_timeout_s=1.5)
    ) == 7  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="address space is bounded on POSIX systems only")
def test_memory_is_bounded() -> None:
    """A child that wants more memory than its bound is told off, with a sentence that says so."""
    with pytest.raises(MediaTimeout) as caught:
        run_isolated("test.eat", {"bytes": 300 * 2**20}, bounds=Bounds(memory_bytes=512 * 2**20))
    assert caught.value.message == OUT_OF_MEMORY


@pytest.mark.parametrize("operation", ["test.crash", "test.vanish", "test.babble"])
def test_death_of_the_child_is_an_ordinary_error(operation: str) -> None:
    """A child that crashes, leaves without a word, or talks nonsense gives one plain MediaError."""
    with pytest.raises(MediaError, match="could not be read") as caught:
        run_isolated(operation, {})
    assert type(caught.value) is MediaError
    assert not children()


def test_cancel_is_heard_while_the_child_is_silent() -> None:
    """What `report` raises comes out at once and ends the child."""
    started = time.monotonic()

    def report(progress: float) -> None:
        if time.monotonic() - started > 0.5:
            raise Cancelled("You cancelled this.")

    with pytest.raises(Cancelled):
        run_isolated("test.sleep", {}, report=report)
    assert time.monotonic() - started < 5
    assert not children()


def test_only_listed_operations_run() -> None:
    """Nothing but the allow-list can be asked for."""
    with pytest.raises(ValueError, match="not an isolated operation"):
        run_isolated("os:system", {"command": "true"})


@pytest.mark.parametrize("name", [name for name in OPERATIONS if not name.startswith("test.")])
def test_listed_operations_exist(name: str) -> None:
    """Every entry of the allow-list leads to a function."""
    module, _, function = OPERATIONS[name].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_child_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child sees no key, token or database address of the application."""
    monkeypatch.setenv("TWELVE_LABS_API_KEY", "tlk_secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    seen = run_isolated("test.environment", {})
    assert "secret" not in str(seen)
    assert seen["PATH"]


def test_working_directory_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child starts from any working directory, and modules lying there are not imported."""
    (tmp_path / "json.py").write_text("raise SystemExit('wrong json')")
    monkeypatch.chdir(tmp_path)
    assert run_isolated("test.echo", {"value": "ok"}) == "ok"


def test_probing_imports_little() -> None:
    """The child that probes does not wait for packages that it has no use for."""
    code = "import sys, core.isolated, core.media.examine; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "av" in loaded
    assert not loaded & {"numpy", "pydantic", "streamlit", "pymilvus", "sqlalchemy", "PIL"}


def test_children_do_not_disturb_each_other() -> None:
    """Several threads run children at the same time, each getting its own answer."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda n: run_isolated("test.echo", {"value": n, "step_s": 0.02}), range(24))
        assert list(answers) == list(range(24))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
def test_nothing_is_left_open() -> None:
    """Children leave no pipe and no thread in the parent, whether they answer, fail or are ended."""

    def work() -> None:
        run_isolated("test.echo", {"value": 1})
        for operation in ("test.crash", "test.stumble"):
            with pytest.raises(MediaError):
                run_isolated(operation, {})
        with pytest.raises(MediaTimeout):
            run_isolated("test.sleep", {}, bounds=Bounds(timeout_s=0.3))

    work()
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(3):
        work()
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
    assert not children()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 on this system")
def test_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    """When the parent is killed with -9 in the middle of the work, its child ends by itself."""
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(pid_file)], cwd=PROJECT_ROOT)
    try:
        ends = time.monotonic() + 20
        while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < ends:
            time.sleep(0.02)
        child = psutil.Process(int(pid_file.read_text()))
        assert child.is_running()
    finally:
        parent.kill()
        parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=5)
    assert not alive
    assert gone == [child]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a nursery")
def test_a_killed_nursery_is_replaced() -> None:
    """Where the nursery is gone, work that was under way fails or ends, and the next gets a new one."""
    assert run_isolated("test.echo", {"value": 1}) == 1
    old = nursery()
    old.kill()
    old.wait()
    assert run_isolated("test.echo", {"value": 2}) == 2
    assert nursery() != old


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a nursery")
def test_work_ends_without_its_nursery(tmp_path: Path) -> None:
    """A child whose nursery was killed meanwhile is still ended at its bound."""
    pid_file = tmp_path / "pid"

    def kill_nursery() -> None:
        while not (pid_file.exists() and pid_file.read_text()):
            time.sleep(0.01)
        nursery().kill()

    killer = threading.Thread(target=kill_nursery)
    killer.start()
    with pytest.raises(MediaError):
        run_isolated("test.sleep", {"pid_file": str(pid_file)}, bounds=Bounds(timeout_s=3))
    killer.join()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(int(pid_file.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(int(pid_file.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a nursery")
def test_one_child_leaves_nothing_for_the_next() -> None:
    """Each child begins as the nursery was: what an earlier one did to itself is gone with it."""
    first = run_isolated("test.environment", {"set": "LEFT_BEHIND"})
    assert first["LEFT_BEHIND"] == "1"
    assert "LEFT_BEHIND" not in run_isolated("test.environment", {})


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_children_are_the_same_without_a_nursery(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no fork, each child is a new interpreter and does the same."""
    monkeypatch.setattr(sys, "platform", platform)
    assert run_isolated("test.echo", {"value": platform}) == platform
    with pytest.raises(MediaTimeout):
        run_isolated("test.sleep", {}, bounds=Bounds(timeout_s=0.5))
    assert not children()
