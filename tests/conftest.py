"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def footage() -> Path:
    """Return the folder of real clips; skips where it is not beside the project."""
    folder = PROJECT_ROOT.parent / "shared" / "footage"
    if not folder.is_dir():
        pytest.skip("the real footage (../shared/footage) is not beside the project")
    return folder
