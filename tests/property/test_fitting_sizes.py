"""Any picture can be made to fit, by no more than it takes."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.embedding.twelvelabs.limits import PICTURE
from core.media.fitting import fitted_size

sides = st.integers(1, 20_000)
"""Pixels."""


def elongated(width: int, height: int) -> bool:
    return max(width, height) > PICTURE.most_aspect * min(width, height)


@given(sides, sides)
@example(798, 332)
@example(864, 360)
@example(865, 360)
@example(2160, 3840)
@example(5186, 2160)
@example(1, 20_000)
def test_a_fitted_picture_is_inside_the_limits(width: int, height: int) -> None:
    """What is fitted is taken as it is, so fitting it again changes nothing; what fits is left alone."""
    fitting = fitted_size(width, height, PICTURE)
    assert (fitting is None) == PICTURE.hold(width, height)
    if fitting is not None:
        assert PICTURE.hold(fitting.canvas_width, fitting.canvas_height)
        assert fitted_size(fitting.canvas_width, fitting.canvas_height, PICTURE) is None


@given(sides, sides)
def test_a_fitted_picture_has_even_sides_on_its_canvas(width: int, height: int) -> None:
    """H.264 needs even sides, and no part of the picture is cut off."""
    fitting = fitted_size(width, height, PICTURE)
    assume(fitting is not None)
    assert fitting is not None
    drawn, canvas = (fitting.width, fitting.height), (fitting.canvas_width, fitting.canvas_height)
    assert [side % 2 for side in (*drawn, *canvas)] == [0, 0, 0, 0]
    assert all(0 < side <= most for side, most in zip(drawn, canvas, strict=True))


@given(sides, sides)
def test_what_is_seen_keeps_its_shape(width: int, height: int) -> None:
    """Both sides are scaled alike, each to within a pixel (and to 2 pixels at least)."""
    fitting = fitted_size(width, height, PICTURE)
    assume(fitting is not None)
    assert fitting is not None
    longer = max((fitting.width, width), (fitting.height, height), key=lambda side: side[1])
    shorter = min((fitting.width, width), (fitting.height, height), key=lambda side: side[1])
    # The longer side tells the scale to within one pixel of its own.
    least, most = (Fraction(longer[0] + by, longer[1]) * shorter[1] for by in (-1, 1))
    assert least - 1 <= shorter[0] <= most + 1 or shorter[0] == 2


@given(sides, sides)
def test_nothing_is_enlarged_more_than_it_takes(width: int, height: int) -> None:
    """Too small a picture grows until its short side (its long one, where bars help) is enough."""
    fitting = fitted_size(width, height, PICTURE)
    assume(fitting is not None)
    assert fitting is not None
    decisive = max(width, height) if elongated(width, height) else min(width, height)
    grown = max(Fraction(1), Fraction(PICTURE.least_side, decisive))
    assert fitting.width <= max(2, width * grown + 1)
    assert fitting.height <= max(2, height * grown + 1)


@given(sides, sides)
def test_bars_are_only_where_they_are_needed(width: int, height: int) -> None:
    """A picture whose shape is taken fills its copy; another one fills it in one direction."""
    fitting = fitted_size(width, height, PICTURE)
    assume(fitting is not None)
    assert fitting is not None
    full = fitting.width == fitting.canvas_width, fitting.height == fitting.canvas_height
    assert any(full) if elongated(width, height) else all(full)


@given(sides, sides, st.sampled_from([720, 1080]))
@example(5300, 2300, 720)
@example(1000, 2400, 720)
def test_fewer_lines_stay_inside_the_limits(width: int, height: int, lines: int) -> None:
    """A copy that is drawn with fewer lines, as high dynamic range is, is taken as well."""
    fitting = fitted_size(width, height, PICTURE)
    assume(fitting is not None)
    assert fitting is not None
    smaller = fitting.within(lines)
    assert PICTURE.hold(smaller.canvas_width, smaller.canvas_height)
    assert smaller.width <= smaller.canvas_width
    assert smaller.height <= smaller.canvas_height
    assert min(smaller.canvas_width, smaller.canvas_height) <= lines
    assert max(smaller.canvas_width, smaller.canvas_height) <= lines * 16 / 9
