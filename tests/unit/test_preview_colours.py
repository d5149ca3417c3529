"""Colour names as people use them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import ImageColor

from core.embedding.preview.colours import COLOURS, PLANES, SAND, SKY, memberships, to_oklab
from core.embedding.preview.looks import look_of
from core.embedding.preview.pictures import HEIGHT, WIDTH, Picture
from core.embedding.preview.seeing import colour_concepts, root

NAMED = {
    "red": ("red", "crimson", "#b40000", "#640000", "tomato"),
    "orange": ("orange", "darkorange", "#ff8000"),
    "yellow": ("yellow", "gold", "#f0dc3c"),
    "green": ("lime", "green", "forestgreen", "#003c00", "yellowgreen", "springgreen"),
    "cyan": ("cyan", "turquoise", "teal", "#00c8c8"),
    "blue": ("blue", "navy", "royalblue", "dodgerblue", "steelblue", "deepskyblue"),
    "purple": ("purple", "indigo", "blueviolet", "mediumorchid", "magenta"),
    "pink": ("pink", "hotpink", "deeppink", "#ffa0a0"),
    "brown": ("saddlebrown", "brown", "sienna", "#654321"),
    "white": ("white", "#fafafa"),
    "gray": ("gray", "darkgray", "#6e7076", "#696969"),
    "black": ("black", "#0a0a0a"),
}


def planes_of(rgb: tuple[int, ...]) -> dict[str, float]:
    found = memberships(to_oklab(np.array(rgb[:3], dtype=np.float64)[None] / 255.0))[0]
    return dict(zip((*COLOURS, "sand", "sky"), found.tolist(), strict=True))


@pytest.mark.parametrize(("colour", "name"), [(c, n) for c, names in NAMED.items() for n in names])
def test_named_colours_get_their_name(colour: str, name: str) -> None:
    """A colour that has a name in common use belongs to that name more than to all others together."""
    planes = planes_of(ImageColor.getrgb(name))
    assert planes[colour] > 0.5, planes
    assert planes[colour] == max(planes[c] for c in COLOURS)


@pytest.mark.parametrize("rgb", [(110, 112, 118), (128, 122, 118), (70, 74, 80), (180, 178, 172)])
def test_greys_with_a_tint_stay_grey(rgb: tuple[int, int, int]) -> None:
    """A grey road is neither red nor blue."""
    planes = planes_of(rgb)
    assert planes["gray"] > 0.7
    assert max(planes[c] for c in ("red", "orange", "blue", "green", "brown")) < 0.2


def test_sand_and_skin_are_no_named_colour() -> None:
    """Tan, wheat and pale skin are sand; they do not count as orange, yellow or pink."""
    for rgb in ((210, 180, 140), (245, 222, 179), (237, 201, 175)):
        assert planes_of(rgb)["sand"] > 0.9


def test_a_pale_sky_is_sky_and_only_partly_blue() -> None:
    """Sky blue belongs to the sky in full, and less to blue than blue itself does."""
    assert planes_of((135, 206, 235))["sky"] > 0.9
    assert planes_of((135, 206, 235))["blue"] < 0.8 < planes_of((0, 0, 255))["blue"]


def test_memberships_are_shares() -> None:
    """For every colour there is: none is negative, and the names together are never more than all of it."""
    steps = np.linspace(0, 1, 18)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    found = memberships(to_oklab(rgb))
    assert found.shape == (18**3, PLANES)
    assert found.min() >= -1e-12
    assert found[:, : SAND + 1].sum(axis=1).max() <= 1 + 1e-9
    assert found[:, : SAND + 1].sum(axis=1).min() >= 0.5
    assert found[:, SKY].max() <= 1 + 1e-9


@pytest.mark.parametrize("colour", COLOURS)
def test_more_of_a_colour_counts_more(colour: str) -> None:
    """All red is above half red, half above a tenth, and a tenth above none."""
    rgb = np.array(ImageColor.getrgb(NAMED[colour][0])[:3]) / 255.0
    ground = (0.5, 0.5, 0.5) if colour != "gray" else (0.2, 0.6, 0.2)
    found = []
    for share in (1.0, 0.5, 0.1, 0.0):
        picture = np.full((HEIGHT, WIDTH, 3), ground)
        picture[: round(HEIGHT * share)] = rgb
        found.append(colour_concepts(look_of(Picture(0.0, picture, np.zeros((72, 128)))))[colour])
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1.0, abs=0.05)
    assert min(a - b for a, b in pairwise(found)) > 0.1


def test_a_trace_of_a_colour_is_nothing() -> None:
    """Half a percent is compression noise, a tenth is already a third of the way."""
    assert root(0.003) == 0
    assert root(0.1) == pytest.approx(0.31, abs=0.01)
    assert root(1.0) == 1
