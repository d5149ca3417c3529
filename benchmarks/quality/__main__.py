"""Measure search on vectors with known answers; benchmarks/quality/README.md says what goes in and out.

python -m benchmarks.quality FOLDER [--json] [--queries N] [--pairs N]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from benchmarks.quality.errors import BadSet


@contextmanager
def _result_only() -> Iterator[TextIO]:
    """Give a stream to the standard output, to which nothing else can write meanwhile.

    FAISS and the embedded Milvus write to the file descriptor, past everything that Python can redirect.
    """
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(real), "w", encoding="utf-8") as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)


def _rounded(found: Any) -> Any:
    if isinstance(found, float):
        return round(found, 6)
    if isinstance(found, dict):
        return {key: _rounded(value) for key, value in found.items()}
    return [_rounded(value) for value in found] if isinstance(found, list) else found


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 and print the figures, or 2 with one sentence on the error output."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="holds items.npy, queries.npy, truth.json, perhaps clips.npy"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--queries", type=int, default=1_000, help="most texts, clips and pairs, 0 for all")
    parser.add_argument("--pairs", type=int, default=300, help="random pairs for the slider")
    asked = parser.parse_args(arguments)
    if asked.queries < 0 or asked.pairs < 1:
        parser.error("--queries takes 0 or more, --pairs 1 or more")
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    with _result_only() as output:
        # Importing pymilvus takes seconds: a mistake in the folder is told before.
        try:
            from benchmarks.quality.loading import load

            given = load(asked.folder)
        except BadSet as exc:
            print(exc, file=sys.stderr)
            return 2
        from benchmarks.quality.evaluating import Options, evaluate
        from benchmarks.quality.table import table

        figures = _rounded(evaluate(given, Options(asked.queries, asked.pairs)))
        output.write((json.dumps(figures, allow_nan=False) if asked.json else table(figures)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
