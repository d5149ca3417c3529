"""The evaluation harness from its command line, over Milvus Lite and the whole pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.generate import write
from benchmarks.quality.looks import LOOKS
from benchmarks.quality.made import make

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.quality", str(folder), *options],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip


def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    """Nothing is printed but the sentence, and that on the error output."""
    done = run(tmp_path, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"There is no items.npy in {tmp_path}.\n"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["clip-small", "sound"])
def test_a_whole_set_is_measured(tmp_path: Path, kind: str) -> None:
    """Standard output is one JSON object with every figure; filters lose nothing and the ends are pure."""
    write(make(LOOKS[kind], 400, 24), tmp_path)
    done = run(tmp_path, "--json", "--pairs", "6")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["pure_ends_identical"]
    assert figures["slider_monotone"] <= 0.05
    assert set(figures["slider"]) == {str(weight) for weight in range(0, 101, 10)}
    assert figures["filtered_recall_at_10"] >= 0.99
    assert 0.5 < figures["auc_unanswerable"] <= 1
    assert set(figures["baselines"]) == {"weighted_sum", "rrf", "milvus_hybrid"}
    for part in (figures, *figures["baselines"].values()):
        assert {"recall_at_1", "recall_at_10", "mrr", "ndcg_at_10", "slider", "slider_balance"} <= set(part)
        assert {"repeats_in_top_10", "auc_unanswerable", "clips", "pairs"} <= set(part)
    if kind == "clip-small":
        # One modality and one term: every way gives the list of cosines.
        assert figures["mrr"] == figures["baselines"]["weighted_sum"]["mrr"]


@pytest.mark.slow
def test_the_least_that_a_set_can_be(tmp_path: Path) -> None:
    """Texts alone, all of them answerable, are measured too; what cannot be is null."""
    rng = np.random.default_rng(3)
    items = rng.normal(size=(60, 16)).astype(np.float32)
    np.save(tmp_path / "items.npy", items)
    np.save(tmp_path / "queries.npy", items[:10] + 0.1 * rng.normal(size=(10, 16)))
    (tmp_path / "truth.json").write_text(json.dumps({"relevant": [[place] for place in range(10)]}))
    done = run(tmp_path, "--json", "--pairs", "4")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["recall_at_1"] == 1
    assert figures["auc_unanswerable"] is None
    assert figures["auc_unanswerable_reason"] == "The set has no unanswerable texts."
    assert figures["auc_made_up"]["texts"]["auc"] is not None
    assert "clips" not in figures
