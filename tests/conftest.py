"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# A key in the environment, or in somebody's `.env`, is for the live suite alone: no other test spends money.
LIVE_KEY = "CUEPOINT_TEST_LIVE_KEY"
os.environ.setdefault(LIVE_KEY, os.environ.get("TWELVE_LABS_API_KEY", ""))
os.environ["TWELVE_LABS_API_KEY"] = ""

# No test is about speed, and on a busy machine any example may take a second.
settings.register_profile("cuepoint", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cuepoint")


@pytest.fixture(scope="session")
def footage() -> Path:
    """Return the folder of real clips; skips where it is not beside the project."""
    folder = PROJECT_ROOT.parent / "shared" / "footage"
    if not folder.is_dir():
        pytest.skip("the real footage (../shared/footage) is not beside the project")
    return folder


@pytest.fixture(scope="session")
def made_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a plain film of six seconds with sound, drawn and encoded here."""
    from tests.made_media import Film, made

    path = tmp_path_factory.mktemp("films") / "film.mp4"
    path.write_bytes(made(Film(seconds=6.0, sound="aac"), ".mp4"))
    return path


@pytest.fixture
def milvus_address() -> Iterator[str]:
    """Return the address of a real Milvus server, up until the test ends; skips where there is none."""
    from tests.shared_servers import held_address

    with held_address() as address:
        yield address
