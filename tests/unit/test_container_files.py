"""The files that containers are made from fit the project, as far as can be told without building one."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

from core.config import PROJECT_ROOT, Settings

# What the images of others are told; all else in the application's part must be a setting of ours.
NOT_OURS = {"MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions and what they are given, continued lines joined."""
    told = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in told.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def services() -> dict[str, str]:
    """Return the text of every service in compose.yaml by its name."""
    told = (PROJECT_ROOT / "compose.yaml").read_text(encoding="utf-8")
    part = told.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    pieces = re.split(r"^  (\w+):\n", part, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def settings_named() -> set[str]:
    extras = [field.json_schema_extra for field in Settings.model_fields.values()]
    return {str(extra["variable"]) for extra in extras if isinstance(extra, dict)}


def test_every_copied_file_exists_and_is_sent_to_the_builder() -> None:
    """Each source of a COPY is in the project, and .dockerignore lets it through."""
    sent = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name, given in instructions():
        if name != "COPY" or given.startswith("--from"):
            continue
        for source in shlex.split(given)[:-1]:
            assert (PROJECT_ROOT / source).exists(), source
            assert f"!{source}" in sent, source


def test_what_the_application_imports_is_copied() -> None:
    """Every folder of code that the application has is in the image; tests and secrets are not."""
    copied = " ".join(given for name, given in instructions() if name == "COPY").split()
    for needed in ("app.py", "core", "components", "pages", "pyproject.toml", ".streamlit/config.toml"):
        assert needed in copied
    assert not {"tests", ".env", ".streamlit", "."} & set(copied)


def test_the_image_is_pinned_and_of_a_python_that_the_project_bears() -> None:
    """Both stages begin with the same exact version, which pyproject.toml allows."""
    bases = {given.split(" AS ")[0] for name, given in instructions() if name == "FROM"}
    assert len(bases) == 1
    found = re.fullmatch(r"python:(\d+\.\d+\.\d+)-slim-\w+", bases.pop())
    assert found is not None
    wanted = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert found[1] in SpecifierSet(wanted["project"]["requires-python"])


def test_the_application_is_not_root_and_is_watched() -> None:
    """It runs as a numbered user, its health is asked without curl, packages are told by hashes."""
    told = dict(instructions())
    assert told["USER"] == "10001:10001"
    assert told["VOLUME"] == "/data"
    assert "/api/health" in told["HEALTHCHECK"]
    assert "curl" not in told["HEALTHCHECK"]
    assert any("--require-hashes" in given for name, given in instructions() if name == "RUN")
    variables = set(re.findall(r"\b([A-Z_]+)=", told["ENV"])) - {"PATH", "HOME"}
    assert {name for name in variables if not name.startswith("PYTHON")} <= settings_named()


@pytest.mark.parametrize("name", ["cuepoint", "milvus", "etcd", "minio"])
def test_every_service_is_pinned_watched_and_comes_back(name: str) -> None:
    """Each service has an exact version, a health check, a restart policy and a volume that is declared."""
    told = services()[name]
    image = re.search(r"^    image: \S+:(\S+)$", told, re.MULTILINE)
    assert image is not None
    assert re.search(r"\d", image[1])
    assert "    healthcheck:\n      test:" in told
    assert "    restart: unless-stopped\n" in told
    mounted = re.findall(r"^      - (\w+):/", told, re.MULTILINE)
    declared = (
        (PROJECT_ROOT / "compose.yaml").read_text(encoding="utf-8").partition("\nvolumes:\n")[2].split()
    )
    assert mounted
    assert {f"{volume}:" for volume in mounted} <= set(declared)


def test_the_parts_wait_for_what_they_need() -> None:
    """The application starts when Milvus is healthy, and Milvus when its own two parts are."""
    for name, needed in {"cuepoint": ["milvus"], "milvus": ["etcd", "minio"]}.items():
        waits = services()[name].partition("    depends_on:\n")[2]
        assert re.findall(r"^      (\w+):\n        condition: service_healthy", waits, re.MULTILINE) == needed


def test_nothing_is_open_to_the_network_and_no_secret_is_in_the_file() -> None:
    """Only the application's port is published, on this machine alone; passwords come from outside."""
    ports = {
        name: re.findall(r'^      - "(\S+:\d+)"$', told, re.MULTILINE) for name, told in services().items()
    }
    assert all(not found for name, found in ports.items() if name != "cuepoint")
    assert len(ports["cuepoint"]) == 1
    assert ports["cuepoint"][0].startswith("127.0.0.1:")
    for told in services().values():
        for value in re.findall(r"^      \w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*: (.+)$", told, re.MULTILINE):
            assert value.startswith("${") or value == '""'


def test_the_settings_that_compose_names_exist() -> None:
    """What the application's service sets is a setting of Cuepoint."""
    told = services()["cuepoint"].partition("    environment:\n")[2].partition("    ports:\n")[0]
    named = set(re.findall(r"^      ([A-Z_]+):", told, re.MULTILINE))
    assert "MILVUS_URI" in named
    assert named - NOT_OURS <= settings_named()


def test_the_image_is_named_by_the_version() -> None:
    """compose.yaml and pyproject.toml say the same version."""
    version = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    assert f"image: cuepoint:{version}\n" in services()["cuepoint"]
