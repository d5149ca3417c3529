"""Make a folder of vectors with known answers, for `python -m benchmarks.quality`.

python -m benchmarks.quality.generate FOLDER [--kind KIND] [--items N] [--queries N] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.looks import LOOKS, Look
from benchmarks.quality.made import Made, make


def write(made: Made, folder: Path) -> None:
    """Write a set in the format that the harness reads."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "items.npy", made.items)
    np.save(folder / "queries.npy", made.queries)
    np.save(folder / "clips.npy", made.clips)
    (folder / "truth.json").write_text(json.dumps(made.truth), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one set, and say what its cosines look like."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.generate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=sorted(LOOKS), default="clip")
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--queries", type=int, default=200, help="texts, and as many clips and pairs")
    parser.add_argument("--seed", type=int, default=1)
    for one in fields(Look):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    given: dict[str, Any] = {
        one.name: type(getattr(LOOKS[asked.kind], one.name))(value)
        for one in fields(Look)
        if (value := getattr(asked, one.name)) is not None
    }
    made = make(replace(LOOKS[asked.kind], **given), asked.items, asked.queries, asked.seed)
    write(made, asked.folder)
    print(json.dumps({"kind": asked.kind, "items": len(made.items), **made.describe()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
