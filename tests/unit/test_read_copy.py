"""The copy of the vectors ranks as every store does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.vectors.port import ScoredRow
from core.vectors.ranking import NOISE, ranked
from core.vectors.read_copy import _nearest
from core.vectors.schema import row_of

cosines = st.lists(
    # Few values, and some that are as near to them as ties are and are not.
    st.sampled_from([0.9, 0.9 - NOISE / 3, 0.9 - 3 * NOISE, 0.5, 0.5 + NOISE / 2, 0.1, -0.2, 1, 1 + 1e-7]),
    min_size=1,
    max_size=40,
)


@given(cosines, st.integers(1, 45), st.randoms(use_true_random=False))
def test_the_nearest_rows_are_those_of_the_whole_ranking(values: list[float], limit: int, chance) -> None:  # type: ignore[no-untyped-def]  # Hypothesis names no type for it
    """Looking only at rows that may be in the list gives what ranking all of them gives."""
    keys = [f"v{place:03d}:clip:visual:{place}:{place + 1}" for place in range(len(values))]
    chance.shuffle(keys)
    line = np.array(values, dtype=np.float32)
    whole = ranked(
        [ScoredRow(row_of(key), min(1.0, float(value))) for key, value in zip(keys, line, strict=True)], limit
    )
    assert _nearest(keys, line, None, limit) == whole
