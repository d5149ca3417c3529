"""What the top of the list does while the slider moves from the clip to the words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from benchmarks.quality.asking import Asked, Way
from benchmarks.quality.measures import TOP, common
from benchmarks.quality.progress import Progress

WEIGHTS: Final = tuple(range(0, 101, 10))
_SEED: Final = 7
_AT_ONCE: Final = 50


def random_pairs(texts: int, clips: int, count: int) -> list[tuple[int, int]]:
    """Return random pairs of a text and a clip, the same ones in every run."""
    rng = np.random.default_rng(_SEED)
    return [(int(rng.integers(texts)), int(rng.integers(clips))) for _ in range(count)]


def sliding(way: Way, pairs: Sequence[tuple[int, int]], name: str) -> dict[str, Any]:
    """Return the mean shares of the top ten in common with both pure lists, by the weight of the text."""
    texts = {text: _top(way, Asked(text=text)) for text in dict.fromkeys(text for text, _ in pairs)}
    clips = {clip: _top(way, Asked(clip=clip)) for clip in dict.fromkeys(clip for _, clip in pairs)}
    progress = Progress(f"slider of {name}", len(pairs) * len(WEIGHTS))
    with_text: dict[int, list[float]] = {weight: [] for weight in WEIGHTS}
    with_clip: dict[int, list[float]] = {weight: [] for weight in WEIGHTS}
    pure = True
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        for weight in WEIGHTS:
            answers = way.answer([Asked(text, clip, weight / 100) for text, clip in some], TOP)
            for (text, clip), answer in zip(some, answers, strict=True):
                with_text[weight].append(common(answer.units, texts[text]))
                with_clip[weight].append(common(answer.units, clips[clip]))
                if weight in (0, 100):
                    pure = pure and answer.units == (texts[text] if weight else clips[clip])
            progress.step(len(some))
    of_text = {weight: float(np.mean(shares)) for weight, shares in with_text.items()}
    of_clip = {weight: float(np.mean(shares)) for weight, shares in with_clip.items()}
    return {
        "slider": {str(w): {"text": of_text[w], "clip": of_clip[w]} for w in WEIGHTS},
        "slider_balance": abs(of_text[50] - of_clip[50]),
        "slider_monotone": max(_worst(list(of_text.values())), _worst([-v for v in of_clip.values()])),
        "pure_ends_identical": pure,
        "slider_pairs": len(pairs),
    }


def _worst(values: Sequence[float]) -> float:
    """Return the largest step down; 0 where the values never fall."""
    return max(0.0, *(before - after for before, after in pairwise(values)))


def _top(way: Way, asked: Asked) -> tuple[int, ...]:
    (answer,) = way.answer([asked], TOP)
    return answer.units
