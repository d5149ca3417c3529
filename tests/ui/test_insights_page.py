"""The page of the insights over a real library of made-up vectors, and what its tables and links say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.host import set_library
from components.insight_choice import chosen_table, spread, stretches
from components.insight_groups import mixture_line
from components.insight_map import chosen_rows
from components.insight_map_colours import MOST_NAMED, by_group, by_name
from components.insight_subjects import Group, Groups, results_of
from components.insight_trends import change_sentences, trend_table
from components.search_address import Place, SearchRequest
from core.library import Library
from core.library_insights import Bucket, Change, Trend
from core.library_trends import ClusterSubject, QuerySubject, TrendLine
from core.model import Filters, Query, Text
from core.model.insights import Selection
from tests.insight_bench import Planted, open_planted, result_of, scenes
from tests.insight_library import points_of
from tests.ui.conftest import words

SEEN = Selection("visual")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Return a library of four videos whose answers are all worked out already."""
    vectors = scenes(5, 3, 60)
    chance = np.random.default_rng(6)
    order = chance.permutation(60).reshape(4, 15)
    videos = [
        Planted(
            f"Film *{number}*",
            {"visual": vectors[rows]},
            category="road" if number % 2 else None,
            recorded_at=MONDAY + timedelta(weeks=number),
        )
        for number, rows in enumerate(order)
    ]
    with open_planted(tmp_path_factory.mktemp("page") / "data", videos) as library:
        for selection in (SEEN, Selection("visual", Filters(categories=("road",)))):
            for ask in (library.survey, library.clusters, library.outliers, library.repeats):
                result_of(lambda ask=ask, selection=selection: ask(selection))
        yield library


@pytest.fixture
def open_section(planted: Library) -> Iterator[Callable[..., AppTest]]:
    """Return a function that opens a section as a link does."""
    from tests.ui.conftest import SHELL

    set_library(planted)

    def opened(**parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(SHELL, default_timeout=60)
        app.run()
        app.switch_page("insights.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        assert not app.error
        return app

    yield opened
    set_library(None)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "directions and distances"),
        ({"colour": "category"}, "directions and distances"),
        ({"colour": "date"}, "directions and distances"),
        ({"colour": "likeness", "words_like": "red"}, "directions and distances"),
        ({"show": "groups"}, "groups of 60 segments"),
        ({"show": "outliers"}, "how many times as far"),
        ({"show": "repeats"}, "Nothing is deleted unless you do it"),
        ({"show": "trends"}, "Say what to follow"),
        ({"show": "trends", "about": "red"}, "Minutes are those of the segments"),
        ({"show": "trends", "about": "red", "compare": "1", "by": "month"}, "Minutes are those"),
        ({"show": "coverage"}, "A minute counts once"),
        ({"show": "nonsense", "k": "x", "of": "smell"}, "directions and distances"),
        ({"category": "road"}, "directions and distances"),
    ],
)
def test_every_section_says_what_it_shows(
    open_section: Callable[..., AppTest], parameters: dict[str, str], said: str
) -> None:
    """Each section is drawn from a link alone, also from a wrong one, and without an error."""
    assert said in words(open_section(**parameters))


def test_an_empty_library_has_a_next_step(empty: Any, visit: Callable[..., AppTest]) -> None:
    """Without an indexed video the page says so, and leads to where videos are added."""
    app = visit("insights.py")
    assert "Nothing is indexed yet" in words(app)


def test_filters_that_nothing_satisfies_are_said(open_section: Callable[..., AppTest]) -> None:
    """Where no video is left the page says that filters are the reason."""
    assert "Take some of them out" in words(open_section(min_s="5000"))


# -- what tables and links say -------------------------------------------------------------------


def test_segments_that_touch_are_one_stretch() -> None:
    """Places are by video and time; neighbours without a gap become one, others stay apart."""
    points = points_of(np.eye(6, 8), [0, 0, 0, 1, 1, 1])
    found = stretches(points, [0, 1, 3, 5])
    names = points.video_ids
    assert found == [Place(names[0], 0.0, 12.0), Place(names[1], 0.0, 6.0), Place(names[1], 12.0, 18.0)]
    assert chosen_table(points, [5], {}).to_dict("records")[0]["start_s"] == 12.0


def test_examples_are_spread_over_all() -> None:
    """Of many rows some are taken evenly, of few all."""
    assert spread([1, 2, 3], 5) == [1, 2, 3]
    assert spread(list(range(100)), 4) == [0, 25, 50, 75]


def test_a_chart_tells_rows_in_either_form() -> None:
    """Custom data come back as a list, or as an object where they went out as numbers; both are read."""
    points = [{"customdata": [4, 0]}, {"customdata": {"0": 2.0, "1": 1.0}}, {"customdata": None}, {}]
    answer = type("Answer", (), {"selection": type("Selection", (), {"points": points})})
    assert chosen_rows(answer) == [2, 4]
    assert chosen_rows(None) == []


def test_colours_leave_nobody_out() -> None:
    """Every row has one colour, however many groups, names or rows without either there are."""
    points = points_of(np.eye(20, 24), list(range(20)))
    for colouring in (
        by_name(points, [f"name {number % 12}" for number in range(20)], "videos"),
        by_group(np.arange(20, dtype=np.int32) % 11 - 1, [f"group {n}" for n in range(10)]),
    ):
        rows = np.concatenate([part.rows for part in colouring.parts])
        assert sorted(rows.tolist()) == list(range(20))
    named = by_name(points, [f"name {number}" for number in range(20)], "videos")
    assert len(named.parts) == MOST_NAMED + 1
    assert named.parts[0].name == f"{20 - MOST_NAMED} other videos"


def a_bucket(first: date, days: int, share: float = 0.5) -> Bucket:
    return Bucket(
        first,
        first + timedelta(days=days),
        "2026-W10",
        10.0,
        10 * share,
        5,
        2,
        share,
        1.0,
        0.2,
        0.8,
        4.0,
        True,
    )


def test_a_bar_opens_what_it_counts() -> None:
    """Its words or examples, its days, both ends included and within the filters that were there."""
    bucket = a_bucket(date(2026, 3, 2), 7)
    trend = Trend("week", None, (bucket,), 0.2, (), 0.0)
    subjects = (QuerySubject("red car", Query((Text("red car"),))), ClusterSubject("group", None, 3))
    groups = Groups(None, (Group(3, "group", (Place("a" * 32, 0.0, 6.0),)),))
    request = SearchRequest(text="left from elsewhere", recorded_from=date(2026, 3, 4), tags=("night",))
    words_ = results_of(
        TrendLine("red car", "road", trend),
        bucket,
        request,
        dates="recorded",
        subjects=subjects,
        groups=groups,
    )
    assert words_ == {
        "q": "red car",
        "tag": ["night"],
        "category": ["road"],
        "recorded_from": "2026-03-04",
        "recorded_to": "2026-03-08",
    }
    examples = results_of(
        TrendLine("group", None, trend),
        bucket,
        SearchRequest(),
        dates="indexed",
        subjects=subjects,
        groups=groups,
    )
    assert examples["more"] == [str(Place("a" * 32, 0.0, 6.0))]
    assert (examples["indexed_from"], examples["indexed_to"]) == ("2026-03-02", "2026-03-08")


def test_changes_are_said_in_words_that_cannot_act() -> None:
    """A rise is told with its shares and its weeks; what people wrote in it is text."""
    buckets = tuple(a_bucket(date(2026, 3, 2) + timedelta(weeks=n), 7) for n in range(3))
    change = Change("rise", 1, 2, 0.1, 0.4, 5.0, 0.001)
    trend = Trend("week", None, buckets, 0.2, (change,), 0.0)
    (sentence,) = change_sentences(TrendLine("[a](b) *c*", None, trend))
    assert "rises from 10% to 40%" in sentence
    assert "[a](b)" not in sentence
    table = trend_table((TrendLine("red", None, trend),))
    assert table.minutes.tolist() == [5.0, 5.0, 5.0]
    assert table.share_low.tolist() == [0.2, 0.2, 0.2]


def test_mixtures_are_said_with_titles(planted: Library) -> None:
    """How a group is spread names videos by title and tells the share of each."""
    cluster = result_of(lambda: planted.clusters(SEEN)).clusters[0]
    titles = {video.id: video.title for video in planted.videos()}
    line = mixture_line(cluster, titles)
    assert f"{cluster.videos.names} video" in line
    assert titles[cluster.videos.top[0][0]] in line
