"""How well the confidence, and plain signals, tell answerable queries from unanswerable ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.asking import Asked
from benchmarks.quality.measures import auc
from benchmarks.quality.plain import Cosines

SIGNALS: Final = ("top_score", "z_score", "gap_to_next_ten")


def plain_signals(cosines: Cosines, asked: Asked) -> dict[str, float]:
    """Return the raw top score, its z-score, and its gap to the mean of the next ten.

    Of a blend they are those of the raw weighted sum. With several modalities each signal is the best that
    one of them gives.
    """
    per_modality: dict[str, NDArray[np.float64]] = {}
    for kind, number, weight in asked.terms:
        for modality, found in cosines.of(kind, number).items():
            per_modality[modality] = per_modality.get(modality, 0.0) + weight * found
    signals: dict[str, list[float]] = {name: [] for name in SIGNALS}
    for scores in per_modality.values():
        rows = np.sort(scores[~np.isnan(scores)])[::-1]
        if not len(rows):
            continue
        spread = float(rows.std())
        signals["top_score"].append(float(rows[0]))
        signals["z_score"].append(float(rows[0] - rows.mean()) / spread if spread > 0 else 0.0)
        signals["gap_to_next_ten"].append(float(rows[0] - rows[1:11].mean()) if len(rows) > 1 else 0.0)
    return {name: max(values, default=0.0) for name, values in signals.items()}


def separation(
    confidences: Sequence[float],
    plain: Sequence[dict[str, float]],
    answerable: Sequence[bool],
    good: Sequence[bool],
) -> dict[str, Any]:
    """Return the AUC of our confidence and of each plain signal; None where one kind of query is missing."""

    def of(values: Sequence[float]) -> float | None:
        yes = [value for value, can in zip(values, answerable, strict=True) if can]
        no = [value for value, can in zip(values, answerable, strict=True) if not can]
        return auc(yes, no)

    signals = {name: of([one[name] for one in plain]) for name in SIGNALS}
    known = [value for value in signals.values() if value is not None]
    shown = [bool(g) for g, can in zip(good, answerable, strict=True) if can]
    hidden = [not g for g, can in zip(good, answerable, strict=True) if not can]
    return {
        "auc": of(confidences),
        "plain": signals,
        "best_plain": max(known, default=None),
        "answerable": len(shown),
        "unanswerable": len(hidden),
        "good_match_where_answerable": float(np.mean(shown)) if shown else None,
        "no_match_where_unanswerable": float(np.mean(hidden)) if hidden else None,
    }
