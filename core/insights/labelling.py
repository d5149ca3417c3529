"""What a cluster is called: words that its footage was described with, or words that its vectors are near."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.insights.stop_words import STOP_WORDS

MOST_WORDS: Final = 3
_LEAST_SHARE: Final = 0.1
"""A word must stand with this share of the cluster's segments that have words."""
_LEAST_LIFT: Final = 1.5
"""It must be this many times as frequent there as elsewhere."""
CLEAR: Final = 2.0
"""Least distance of a zero-shot word, in robust standard deviations of the vocabulary."""
_CAMEL: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_SUFFIX: Final = re.compile(
    r"\.(mp4|mov|mkv|avi|webm|m4v|mxf|mts|mpe?g|wmv|flv|ts|3gp|wav|mp3|flac|aac|jpe?g|png)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class WordLabel:
    """The words of one cluster, the most telling first; none where nothing is frequent here and rare
    elsewhere."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    """Share of the cluster's segments with the word times the logarithm of 1 + (mean number of segments
    with words a cluster) / (segments of all clusters with the word): class-based TF-IDF."""

    @property
    def text(self) -> str:
        return ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class Named:
    """The vocabulary's best word for one cluster."""

    word: str | None
    """None where no word stands out."""
    lift: float
    """The best word's cosine with the centroid, less its cosine with the mean of the collection."""
    clearness: float
    """How many robust standard deviations (1.4826 median deviations) of all words' lifts the best one lies
    above their median."""
    second: str | None
    """The next best word, which people may prefer."""


def words_in(text: str) -> list[str]:
    """Return the words of a title, tag or subtitle in lower case; those that name nothing are left out:
    stop words, numbers, anything with a digit in it, file suffixes, single letters."""
    found = []
    for match in _WORD.finditer(_CAMEL.sub(" ", _SUFFIX.sub(" ", text))):
        # "dog's" and "isn't" by what comes first, "l'école" by what comes last.
        head, _, tail = match.group().lower().replace("’", "'").partition("'")
        word = tail if len(tail) > 2 else head
        # Codes such as "dscf" or "xvcq" have no vowel; scripts without such vowels are left alone.
        rubbish = word.isascii() and not re.search("[aeiouy]", word)
        letters = len(word) > 2 or (len(word) > 1 and not word.isascii())
        if letters and word not in STOP_WORDS and not rubbish and not any(sign.isdigit() for sign in word):
            found.append(word)
    return found


def label_clusters(
    labels: NDArray[np.integer], texts: Sequence[str], clusters: int | None = None
) -> tuple[WordLabel, ...]:
    """Return a label a cluster, from one text a segment (title, tags and what is said during it).

    A segment counts once for each different word of its text. ``labels`` below 0 are in no cluster; they
    count as elsewhere. The order of the segments has no say.
    """
    many = int(labels.max(initial=-1)) + 1 if clusters is None else clusters
    here = [Counter[str]() for _ in range(many + 1)]
    worded = np.zeros(many + 1)
    read: dict[str, frozenset[str]] = {}
    for label, text in zip(labels.tolist(), texts, strict=True):
        if text not in read:
            read[text] = frozenset(words_in(text))
        place = label if label >= 0 else many
        if read[text]:
            worded[place] += 1
            here[place].update(read[text])
    everywhere: Counter[str] = Counter()
    for counter in here:
        everywhere.update(counter)
    whole = float(worded.sum())
    usual = whole / max(1, int((worded > 0).sum()))
    return tuple(_label(here[n], float(worded[n]), everywhere, whole, usual) for n in range(many))


def _label(
    here: Counter[str], worded: float, everywhere: Counter[str], all_worded: float, usual: float
) -> WordLabel:
    weighted = []
    for word, count in here.items():
        share, rest = count / max(worded, 1), all_worded - worded
        elsewhere = (everywhere[word] - count) / rest if rest > 0 else 0.0
        if share >= _LEAST_SHARE and share >= _LEAST_LIFT * elsewhere:
            weighted.append((-share * math.log1p(usual / everywhere[word]), word))
    best: list[tuple[float, str]] = []
    for weight, word in sorted(weighted):
        # Of "car" and "cars" one is enough, and a word far weaker than the first one only blurs the label.
        if len(best) == MOST_WORDS or (best and weight > best[0][0] / 4):
            break
        if not any(_alike(word, kept) for _, kept in best):
            best.append((weight, word))
    return WordLabel(tuple(word for _, word in best), tuple(-weight for weight, _ in best))


def _alike(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return len(short) > 2 and long.startswith(short) and len(long) - len(short) <= 2


def zero_shot(
    centroids: NDArray[np.floating],
    vocabulary: Sequence[str],
    word_vectors: NDArray[np.floating],
    background: NDArray[np.floating],
) -> tuple[Named, ...]:
    """Return the best word for each cluster.

    ``centroids`` (clusters, d) and ``word_vectors`` (words, d) get unit length here; ``background`` (d,) is
    the mean of all vectors of the modality as it is (not of unit length), so that its product with a word is
    the word's mean cosine over the collection. Words that are near to everything gain nothing by it.

    A word stands out where its lift is above 0 and `Named.clearness` at least 2.0. With fewer than four
    words nothing can be told.
    """
    if not len(vocabulary):
        return tuple(Named(None, 0.0, 0.0, None) for _ in centroids)
    words = _unit(word_vectors)
    lifts = _unit(centroids) @ words.T - words @ np.asarray(background, np.float64)
    return tuple(_named(row, vocabulary) for row in np.round(lifts, 9))


def _named(lifts: NDArray[np.float64], vocabulary: Sequence[str]) -> Named:
    order = sorted(range(len(vocabulary)), key=lambda n: (-lifts[n], vocabulary[n]))
    best = float(lifts[order[0]])
    middle = float(np.median(lifts))
    spread = 1.4826 * float(np.median(np.abs(lifts - middle)))
    clear = (best - middle) / spread if spread > 1e-9 else 0.0
    second = vocabulary[order[1]] if len(order) > 1 else None
    stands_out = best > 0 and clear >= CLEAR and len(vocabulary) >= 4
    return Named(vocabulary[order[0]] if stands_out else None, best, clear, second)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.where(lengths > 0, lengths, 1.0))
