"""Links to thumbnails: the nearest one that there is, also when more come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core import links as module
from core.layout import Layout
from core.links import Links
from core.tokens import Tokens

VIDEO = "0" * 32


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.create()
    return made


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(b"s" * 32, 3600)


def put(layout: Layout, *times: int) -> None:
    for time in times:
        file = layout.thumbnail(VIDEO, time)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"jpg")


def shown(links: Links, tokens: Tokens, at_s: float) -> int | None:
    return tokens.read_media(links.thumbnail(VIDEO, at_s).rsplit("/", 1)[1]).at_ms


def test_the_nearest_thumbnail_is_shown(layout: Layout, tokens: Tokens) -> None:
    """Of two neighbours the nearer one, at the ends the last one, and the poster where there is none."""
    links = Links(layout, tokens)
    assert tokens.read_media(links.thumbnail(VIDEO, 1.0).rsplit("/", 1)[1]).kind == "poster"
    put(layout, 1000, 5000)
    assert [shown(links, tokens, at) for at in (0.0, 2.9, 3.1, 99.0)] == [1000, 1000, 5000, 5000]


@pytest.mark.parametrize("age_s", [0, 100])
def test_thumbnails_that_come_later_are_found(
    layout: Layout, tokens: Tokens, age_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was looked up before does not hide what was added since, also within one tick of the clock."""
    links = Links(layout, tokens)
    put(layout, 1000)
    folder = layout.thumbnail(VIDEO, 0).parent
    old = module.time.time_ns() - age_s * 10**9
    os.utime(folder, ns=(old, old))
    assert shown(links, tokens, 5.0) == 1000
    put(layout, 5000)
    if not age_s:
        os.utime(folder, ns=(old, old))
    assert shown(links, tokens, 5.0) == 5000
