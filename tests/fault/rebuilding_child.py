"""A rebuild in a process that may be killed: ``… FOLDER VIDEOS URI ENGINE``.

It rebuilds the index of the `House` in this folder as the command line does, a few videos a write, and
prints every line that a person would see.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from core import rebuilding_command, rebuilding_writing
from tests.conftest import PROJECT_ROOT
from tests.moving_bench import House

SEGMENTS = 12
BULK_ROWS = 60


def main(folder: str, videos: str, uri: str, engine: str) -> int:
    house = House(Path(folder), videos=int(videos), segments=SEGMENTS, engine=engine)
    rebuilding_writing.BULK_ROWS = BULK_ROWS  # type: ignore[misc]  # small writes, so that a kill finds one
    with house.fitted():
        rebuilding_command.rebuild_here(
            house.settings(uri), replace=False, say=lambda line: print(line, flush=True), every_s=0.0
        )
    return 0


def kill_amid(folder: Path, videos: int, uri: str = "", engine: str = "moving") -> None:
    """Begin a rebuild in a process of its own, and kill it when some of the videos are written."""
    arguments = [sys.executable, "-m", __name__, str(folder), str(videos), uri, engine]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT)
    assert process.stdout is not None
    said: list[str] = []
    while len(said) < 4:
        said.append(process.stdout.readline())
        assert said[-1], "the rebuild ended before it could be killed"
    process.kill()
    process.communicate()
    assert f"of {videos} videos" in said[-1]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
