"""Rules that hold for the whole project: who may import whom, how long files are, what the locks say."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 250
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["requirements.lock", "requirements-dev.lock"]

# What only core's adapters may know.
BEHIND_THE_FACADE = ("pymilvus", "milvus_lite", "sqlalchemy", "alembic", "twelvelabs", "av", "pyarrow")
STORES = ("core.vectors", "core.catalog")


def sources(*folders: str) -> Iterator[Path]:
    """Return the Python files below these folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Return the full names of everything that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = file.relative_to(ROOT).with_suffix("").parts[: -node.level] if node.level else ()
            module = ".".join((*package, *([node.module] if node.module else [])))
            names.update({module, *(f"{module}.{alias.name}" for alias in node.names)})
    return names


def forbidden(file: Path, modules: tuple[str, ...]) -> list[str]:
    """Return what a file imports of these modules or of anything inside them."""
    return sorted(
        name
        for name in imported(file)
        if any(name == module or name.startswith(f"{module}.") for module in modules)
    )


def pins(lock: str) -> list[str]:
    """Return the requirements of a lock, each with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return re.split(r"(?<!\\)\n", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())


def locked(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package that a lock pins."""
    versions: dict[str, set[str]] = {}
    for pin in pins(lock):
        requirement = Requirement(pin.split(" \\\n")[0])
        (exact,) = requirement.specifier
        assert exact.operator == "=="
        versions.setdefault(canonicalize_name(requirement.name), set()).add(exact.version)
    return versions


def tracked() -> list[Path]:
    """Return the files that are, or would be, in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


def test_the_check_sees_every_form_of_import(tmp_path: Path) -> None:
    """The reader of imports finds those with a new name, inside functions, and of a part of a package."""
    seen = tmp_path / "seen.py"
    seen.write_text(
        "import av.video as v\nfrom core import catalog\ndef f():\n    from pymilvus import MilvusClient\n",
        encoding="utf-8",
    )
    assert forbidden(seen, (*BEHIND_THE_FACADE, *STORES)) == [
        "av.video", "core.catalog", "pymilvus", "pymilvus.MilvusClient"]  # fmt: skip


def test_layers_point_one_way() -> None:
    """import-linter finds no broken contract: core never needs a browser, components never a store."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None
    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("folder", ["pages", "components"])
def test_the_interface_talks_to_the_facade(folder: str) -> None:
    """Pages and components import neither a driver nor a store of core."""
    found = {file.name: forbidden(file, (*BEHIND_THE_FACADE, *STORES)) for file in sources(folder)}
    assert len(found) > 3
    assert {name: names for name, names in found.items() if names} == {}


def test_core_imports_nothing_of_the_interface() -> None:
    """core works without streamlit, components and pages."""
    found = {
        file.name: forbidden(file, ("streamlit", "components", "pages", "app")) for file in sources("core")
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_nothing_that_ships_imports_the_tests() -> None:
    """Neither core nor the interface needs what is only for tests."""
    found = {
        file.name: forbidden(file, ("tests", "benchmarks", "pytest", "playwright"))
        for file in [*sources("core", "components", "pages"), ROOT / "app.py"]
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_files_stay_short() -> None:
    """No file of core, components or pages is longer than 250 lines."""
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in sources("core", "components", "pages")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No file names a folder of the machine on which it was made."""
    # Put together here, so that this file does not name one either.
    machine = re.compile(rb"(?<![\w.])/(?:work|root)" + rb"/")
    files = tracked()
    assert len(files) > 100
    texts = {str(file.relative_to(ROOT)): file.read_bytes() for file in files}
    assert [name for name, text in texts.items() if b"\0" not in text and machine.search(text)] == []


def test_nothing_that_people_keep_is_tracked() -> None:
    """Settings with keys, data and environments stay out of the repository; their examples are in."""
    names = {str(file.relative_to(ROOT)) for file in tracked()}
    assert not {".env", ".streamlit/secrets.toml"} & names
    assert not any(name.startswith(("data/", ".venv/")) for name in names)
    assert {".env.example", ".streamlit/secrets.toml.example", "LICENSE", *LOCKS} <= names


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_address(lock: str) -> None:
    """Packages come from whatever index the machine uses: a lock holds names, versions and hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert re.search(r"^\s*-(?!-hash=sha256:[0-9a-f]{64}\b)", text, re.MULTILINE) is None
    assert " @ " not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_hashes(lock: str) -> None:
    """Each requirement is pinned to one version and carries at least one hash."""
    assert len(locked(lock)) > 40
    assert [pin for pin in pins(lock) if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", pin)] == []


def test_set_up_takes_the_pythons_that_the_project_names() -> None:
    """What pyproject.toml says of Python is what set-up looks for."""
    named = SpecifierSet(PROJECT["project"]["requires-python"])
    taken = re.search(
        r"\((\d+), (\d+)\) <= sys.version_info < \((\d+), (\d+)\)", (ROOT / ".ci" / "setup").read_text()
    )
    assert taken is not None
    first, after = tuple(map(int, taken.groups()[:2])), tuple(map(int, taken.groups()[2:]))
    assert [first <= (3, minor) < after for minor in range(30)] == [
        f"3.{minor}" in named for minor in range(30)
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_gets_the_same_versions(lock: str) -> None:
    """No package has one version here and another there: the tests of one Python hold for all."""
    assert {name: versions for name, versions in locked(lock).items() if len(versions) > 1} == {}


def test_the_lock_covers_what_the_project_needs() -> None:
    """Every dependency of pyproject.toml is locked, at a version that it allows."""
    _assert_covered(PROJECT["project"]["dependencies"], locked("requirements.lock"))


def test_the_development_lock_covers_the_tools_too() -> None:
    """Tools are locked, and all else is what ships: the tests run on exactly that."""
    development, shipped = locked("requirements-dev.lock"), locked("requirements.lock")
    _assert_covered(PROJECT["dependency-groups"]["dev"], development)
    assert {name: version for name, version in shipped.items() if development.get(name) != version} == {}


def _assert_covered(dependencies: list[str], versions: dict[str, set[str]]) -> None:
    for dependency in map(Requirement, dependencies):
        name = canonicalize_name(dependency.name)
        assert name in versions, f"{name} is not locked: make lock"
        wrong = [version for version in versions[name] if version not in dependency.specifier]
        assert not wrong, f"{name} is locked at {wrong}: make lock"


def test_the_licence_is_the_one_that_is_named() -> None:
    """LICENSE is the licence that pyproject.toml names."""
    assert PROJECT["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
