"""Large files in the real application. `make soak` runs the long form, with a gigabyte."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.trials.large_files import MIB, make_large_video, memory_trial
from tests import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_large_file_costs_no_memory(tmp_path: Path) -> None:
    """Uploading and playing 200 MB lets the server's memory grow by less than a third of that."""
    file = make_large_video(tmp_path / "large.mp4", 200 * MIB)
    with serving.serving(tmp_path / "data") as served:
        figures = memory_trial(served, file)
    assert figures.bytes_played >= file.stat().st_size
    assert figures.upload_growth_mib < 60
    assert figures.playback_growth_mib < 60
