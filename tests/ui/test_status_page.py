"""The status page, run without a browser."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.errors import IndexUnavailable
from tests.ui.conftest import words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def test_it_shows_how_everything_stands(visit: Visit, library: StandIn) -> None:
    """Engine, space, counts, disk, words and log are on one page."""
    text = words(visit("status.py"))
    for part in (
        "The preview engine works without a key.",
        "512 dimensions",
        "12.3 MB",
        "98.8 GB",
        "The search index answers.",
        "red, green, blue, sand",
    ):
        assert part in text


def test_a_store_that_is_down_is_described(visit: Visit, library: StandIn) -> None:
    """The page is whole where the index is down, and says what is wrong."""
    library.fault = IndexUnavailable("Milvus does not answer. Start it, or rebuild the index.")
    assert "Milvus does not answer. Start it, or rebuild the index." in words(visit("status.py"))


def test_the_log_is_shown_as_text(visit: Visit, library: StandIn) -> None:
    """Lines of the log are shown letter by letter."""
    library.log.append("INFO video.accepted name=<script>alert(1)</script> $x$")
    assert "<script>alert(1)</script> $x$" in visit("status.py").code[0].value
