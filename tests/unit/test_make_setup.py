"""`make setup` on machines that lack something, with stand-ins for Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "make", "rm", "mkdir", "touch", "cat", "id", "uname")
MISSING_PACKAGE = "cuepoint-has-no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not on the path")


@dataclass(frozen=True)
class Checkout:
    """A project folder with nothing but what set-up reads, and a path with nothing but a few tools."""

    folder: Path
    path: Path

    def add(self, name: str, script: str) -> None:
        """Put a command on the path."""
        file = self.path / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def add_python(self, name: str, version: str, *, venv: bool = True) -> None:
        """Put a Python of this version on the path; it can make a folder that looks like an environment."""
        fits = (3, 11) <= tuple(map(int, version.split("."))) < (3, 14)
        unfit, works = (0 if fits else 1), (0 if venv else 1)
        self.add(
            name,
            f'case "$*" in\n'
            f"  *version_info*\\<*) exit {unfit};;\n"
            f"  *ensurepip*) exit {works};;\n"
            f"  *print*) echo {version};;\n"
            f'  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo {name} >"$3/made-by";;\n'
            f"  *) exit 0;;\n"
            f"esac",
        )

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make with only this path; pip may not go to any index."""
        environment = {"PATH": str(self.path), "HOME": str(self.folder), "PIP_NO_INDEX": "1"}
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def mark(self) -> Path:
        return self.folder / ".venv" / ".ready"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose lock names no package, on a machine without Python."""
    folder, path = tmp_path / "project", tmp_path / "bin"
    (folder / ".ci").mkdir(parents=True)
    path.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / ".ci" / "setup", folder / ".ci")
    (folder / "requirements.lock").write_text("")
    (folder / "requirements-dev.lock").write_text("")
    for tool in (*TOOLS, "cp"):
        found = shutil.which(tool)
        if found is not None:
            (path / tool).symlink_to(found)
    return Checkout(folder, path)


def _apt_machine(checkout: Checkout, *offered: str) -> None:
    """Make it a Debian whose package lists hold these."""
    checkout.add("apt-get", "exit 0")
    checkout.add("apt-cache", f'case " {" ".join(offered)} " in *" $2 "*) exit 0;; *) exit 100;; esac')


def _said_to_run(result: subprocess.CompletedProcess[str]) -> str:
    """Return the command that the message tells to run."""
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if "Run: " in line]
    assert len(lines) == 1
    return lines[0].split("Run: ")[1].removeprefix("sudo ")


def test_make_alone_lists_what_there_is(checkout: Checkout) -> None:
    """`make` without a target explains the targets and makes nothing."""
    checkout.path.joinpath("awk").symlink_to(str(shutil.which("awk")))
    shown = checkout.make().stdout
    for target in (
        "setup",
        "run",
        "test",
        "check",
        "demo",
        "rebuild",
        "soak",
        "bench",
        "lock",
        "format",
        "clean",
    ):
        assert f"make {target} " in shown
    assert not checkout.mark.parent.exists()


def test_a_machine_without_python_is_told_what_to_install(checkout: Checkout) -> None:
    """Without any Python, Debian's newest version that fits is named, with its venv."""
    _apt_machine(checkout, "python3.11-venv", "python3.9-venv")
    assert _said_to_run(checkout.make("setup")) == "apt-get install -y python3.11 python3.11-venv"


@pytest.mark.parametrize("version", ["3.10", "3.14"])
def test_another_python_is_refused_with_the_command_that_mends_it(checkout: Checkout, version: str) -> None:
    """A Python before 3.11 or after 3.13 counts as none, whether it was found or named."""
    _apt_machine(checkout, "python3.14-venv", "python3.13-venv", "python3.12-venv")
    checkout.add_python("python3", version)
    for arguments in (["setup"], ["setup", "PYTHON=python3"]):
        assert _said_to_run(checkout.make(*arguments)) == "apt-get install -y python3.13 python3.13-venv"
    assert not checkout.mark.exists()


def test_a_system_that_offers_none_gets_one_beside_it(checkout: Checkout) -> None:
    """Where the packages are all too old, the command brings a Python of its own."""
    _apt_machine(checkout, "python3.9-venv")
    checkout.add_python("python3", "3.9")
    assert "uv python install" in _said_to_run(checkout.make("setup"))


@pytest.mark.parametrize("arguments", [["setup"], ["setup", "PYTHON=python3"], ["run"], ["test"]])
def test_a_python_without_venv_names_its_own_package(checkout: Checkout, arguments: list[str]) -> None:
    """Debian's python3 without python3-venv: the package of exactly this version is named."""
    _apt_machine(checkout, "python3.11-venv", "python3.12-venv")
    checkout.add_python("python3", "3.12", venv=False)
    assert _said_to_run(checkout.make(*arguments)) == "apt-get install -y python3.12-venv"
    assert not checkout.mark.parent.exists()


def test_other_package_tools_are_known(checkout: Checkout) -> None:
    """On Fedora the message speaks of dnf."""
    checkout.add("dnf", "exit 0")
    assert _said_to_run(checkout.make("setup")).startswith("dnf install")


def test_a_python_that_is_named_must_exist(checkout: Checkout) -> None:
    """A PYTHON that is not there is said to be so, and nothing else is taken instead."""
    checkout.add_python("python3", "3.13")
    result = checkout.make("setup", "PYTHON=python9")
    assert result.returncode != 0
    assert "There is no python9 on this machine." in result.stderr


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": ("3.11", True), "python3.13": ("3.13", True)}, "python3"),
        (
            {"python3": ("3.9", True), "python3.12": ("3.12", True), "python3.13": ("3.13", True)},
            "python3.13",
        ),
        ({"python3": ("3.11", False), "python3.12": ("3.12", True)}, "python3.12"),
        ({"python": ("3.13", True)}, "python"),
        ({"python3": ("3.14", True), "python3.11": ("3.11", True)}, "python3.11"),
    ],
    ids=["the usual one", "newest that fits", "the one with venv", "only the short name", "not too new"],
)
def test_the_best_python_is_chosen(
    checkout: Checkout, pythons: dict[str, tuple[str, bool]], chosen: str
) -> None:
    """The system's own Python where it will do, else the newest that can make environments."""
    for name, (version, venv) in pythons.items():
        checkout.add_python(name, version, venv=venv)
    assert checkout.make("setup").returncode == 0
    assert (checkout.mark.parent / "made-by").read_text().strip() == chosen
    assert checkout.mark.exists()


def test_a_second_setup_does_nothing(checkout: Checkout) -> None:
    """Once all is there, make has nothing to do until a lock changes."""
    checkout.add_python("python3", "3.12")
    assert checkout.make("setup").returncode == 0
    assert "Installing" not in checkout.make("setup").stdout
    later = checkout.mark.stat().st_mtime + 10
    os.utime(checkout.folder / "requirements.lock", (later, later))
    assert "Installing" in checkout.make("setup").stdout


def test_a_setup_under_way_is_not_disturbed(checkout: Checkout) -> None:
    """While another process changes the environment, this one says so and leaves it alone."""
    checkout.add_python("python3", "3.12")
    assert checkout.make("setup").returncode == 0
    checkout.mark.unlink()
    (checkout.mark.parent / ".unfinished").write_text(f"{os.getpid()}\n")
    result = checkout.make("setup")
    assert result.returncode != 0
    assert f"process {os.getpid()}" in result.stderr
    assert (checkout.mark.parent / "made-by").exists()


@pytest.mark.slow
def test_an_interrupted_setup_begins_anew(checkout: Checkout) -> None:
    """A real environment in which installing failed never counts as done, and is not built upon."""
    lock = checkout.folder / "requirements.lock"
    lock.write_text(MISSING_PACKAGE)
    python = f"PYTHON={sys.executable}"
    assert checkout.make("setup", python).returncode != 0
    assert not checkout.mark.exists()
    left_over = checkout.mark.parent / "half-installed"
    left_over.touch()
    lock.write_text("")
    result = checkout.make("setup", python)
    assert result.returncode == 0, result.stderr
    assert checkout.mark.exists()
    assert not left_over.exists()
    assert not (checkout.mark.parent / ".unfinished").exists()
    assert (checkout.mark.parent / "bin" / "python").exists()
