"""Every number of the insights, worked out a second time from the same library by other, plainer means."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from core.library import Library
from core.library_trends import ClusterSubject, QuerySubject
from core.model import Filters, Like, Query, Segment
from core.model.insights import Points, Selection
from tests.insight_bench import SEGMENT_S, Planted, open_planted, result_of, scenes

SEEN = Selection("visual")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Ten videos over five weeks in two categories, one of them the copy of another, one without a date."""
    vectors = scenes(7, 5, 240, spread=1.0)
    chance = np.random.default_rng(8)
    order = chance.permutation(240).reshape(10, 24)
    videos = [
        Planted(
            f"Film {number}",
            {"visual": vectors[rows], "audio": vectors[rows][: 12 + number] + 0.5},
            category=("road", "river", None)[number % 3],
            recorded_at=None if number == 9 else MONDAY + timedelta(days=4 * number),
            tags=("night",) if number < 4 else (),
        )
        for number, rows in enumerate(order)
    ]
    walk = np.cumsum(chance.standard_normal((30, 512)), axis=0)
    walk -= walk.mean(axis=0)
    videos.append(Planted("Original", {"visual": walk}, category="road"))
    videos.append(Planted("Copy", {"visual": walk[:28] + 0.02 * chance.standard_normal((28, 512))}))
    with open_planted(tmp_path_factory.mktemp("numbers") / "data", videos) as opened:
        yield opened


@pytest.fixture(scope="module")
def points(library: Library) -> Points:
    return result_of(lambda: library.survey(SEEN)).points


@pytest.fixture(scope="module")
def archived(library: Library) -> pd.DataFrame:
    """Return every embedding of the archive, one row each, by video id, modality and time."""
    told = []
    for video in library.videos():
        assert video.recipe is not None
        for each in library._parts.archive.read(video.id, library._parts.embedder.space, video.recipe):
            unit = each.vector.astype(float) / np.linalg.norm(each.vector.astype(float))
            told.append((video.id, each.modality, each.segment.start_s, each.segment.end_s, unit))
    frame = pd.DataFrame(told, columns=["video", "modality", "start_s", "end_s", "vector"])
    return frame.sort_values(["video", "modality", "start_s"], ignore_index=True)


@pytest.fixture(scope="module")
def seen(archived: pd.DataFrame) -> pd.DataFrame:
    return archived[archived.modality == "visual"].reset_index(drop=True)


def matrix(frame: pd.DataFrame) -> NDArray[np.float64]:
    return np.stack(list(frame.vector))


def minutes_of(frame: pd.DataFrame) -> float:
    """Return how many minutes lie in at least one segment, second by second: the library counts in sixes."""
    return len({(v, s) for v, a, b in zip(frame.video, frame.start_s, frame.end_s, strict=True)
                for s in range(int(a), int(b))}) / 60  # fmt: skip


def test_the_map_has_every_segment_once(points: Points, seen: pd.DataFrame) -> None:
    """Its points are the archive's segments of the modality, in order of video and time; none is left out."""
    told = [points.segment(row) for row in range(len(points))]
    assert told == [(row.video, Segment(row.start_s, row.end_s)) for row in seen.itertuples()]
    assert points.total == len(seen)


@pytest.mark.parametrize("k", [None, 4])
def test_groups(library: Library, points: Points, seen: pd.DataFrame, k: int | None) -> None:
    """Size, minutes, mixtures, spread and examples of each group follow from the labels alone."""
    found = result_of(lambda: library.clusters(SEEN, k))
    categories = {video.id: video.category or "" for video in library.videos()}
    assert [one.size for one in found.clusters] == sorted((one.size for one in found.clusters), reverse=True)
    assert found.without_group == sum(label < 0 for label in found.labels)
    for cluster in found.clusters:
        rows = [row for row, label in enumerate(found.labels) if label == cluster.id]
        own = seen.iloc[rows]
        assert cluster.size == len(rows)
        assert cluster.minutes == pytest.approx(minutes_of(own))
        for mixture, names, possible in (
            (cluster.videos, own.video, seen.video.nunique()),
            (cluster.categories, own.video.map(categories), len({categories[v] for v in seen.video})),
        ):
            shares = names.value_counts() / len(own)
            assert mixture.names == len(shares)
            assert dict(mixture.top) == {n: pytest.approx(shares[n]) for n, _ in mixture.top}
            entropy = -sum(share * math.log(share) for share in shares)
            assert mixture.mixed == pytest.approx(entropy / math.log(min(possible, len(own))), abs=1e-9)
        vectors = matrix(own)
        middle = vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))
        cosines = dict(zip(rows, vectors @ middle, strict=True))
        assert cluster.spread == pytest.approx(1 - np.mean(list(cosines.values())), abs=1e-6)
        best: dict[str, int] = {}
        for row in sorted(rows, key=lambda row: -cosines[row]):
            best.setdefault(seen.video[row], row)
        first = cluster.medoids[: len(best)]
        assert set(first) == set(sorted(best.values(), key=lambda row: -cosines[row])[:8])


def test_outliers_of_the_library(library: Library, seen: pd.DataFrame) -> None:
    """Score and neighbour are those of a factor that is worked out row by row from all distances."""
    found = result_of(lambda: library.outliers(SEEN))
    vectors = matrix(seen)
    apart = np.sqrt(np.maximum(0, 2 - 2 * vectors @ vectors.T))
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :10]
    tenth = np.array([apart[row, nearest[row, -1]] for row in range(len(seen))])
    floor = float(np.median(tenth))
    density = np.array(
        [1 / np.mean([max(apart[row, o], tenth[o], floor) for o in nearest[row]]) for row in range(len(seen))]
    )
    factor = np.array([density[nearest[row]].mean() / density[row] for row in range(len(seen))])
    assert len(found) == min(200, (np.round(factor, 6) > 1).sum())
    usual = np.flatnonzero(factor <= np.quantile(factor, 0.9))
    for outlier in found[:20]:
        assert outlier.score == pytest.approx(factor[outlier.row], rel=1e-3)
        others = [row for row in usual if row != outlier.row]
        cosines = vectors[others] @ vectors[outlier.row]
        assert outlier.cosine == pytest.approx(cosines.max(), abs=1e-4)
        assert vectors[outlier.neighbour_row] @ vectors[outlier.row] == pytest.approx(cosines.max(), abs=1e-4)
    scores = [round(one.score, 6) for one in found]
    assert scores == sorted(scores, reverse=True)


def test_outliers_of_their_videos(library: Library, seen: pd.DataFrame) -> None:
    """Score and neighbour come from the rows of the same video only, against a floor of the whole library."""
    found = result_of(lambda: library.outliers(SEEN, "video"))
    apart = np.full(len(seen), np.nan)
    for _, own in seen.groupby("video"):
        vectors = matrix(own)
        distances = np.sqrt(np.maximum(0, 2 - 2 * vectors @ vectors.T))
        np.fill_diagonal(distances, np.inf)
        apart[own.index] = np.sort(distances, axis=1)[:, :3].mean(axis=1)
    usual = seen.assign(apart=apart).groupby("video").apart.transform("median").to_numpy()
    score = apart / np.maximum(usual, np.median(apart))
    assert len(found) == min(200, (np.round(score, 6) > 1).sum())
    for outlier in found[:20]:
        assert outlier.score == pytest.approx(score[outlier.row], rel=1e-3)
        own = seen.index[(seen.video == seen.video[outlier.row]) & (seen.index != outlier.row)]
        usual_rows = own[score[own] <= np.quantile(score[own], 0.9)]
        cosines = matrix(seen.loc[usual_rows]) @ seen.vector[outlier.row]
        assert outlier.cosine == pytest.approx(cosines.max(), abs=1e-4)
        assert outlier.neighbour_row == usual_rows[cosines.argmax()]


def test_repeats(library: Library) -> None:
    """The copy is found with its original, and what deleting it saves is its own length."""
    found = result_of(lambda: library.repeats(SEEN))
    videos = {video.title: video for video in library.videos()}
    (group,) = found.groups
    assert group.kind == "videos"
    assert group.keep == videos["Original"].id
    assert group.delete == (videos["Copy"].id,)
    assert group.saved_minutes == pytest.approx(videos["Copy"].duration_s / 60) == 28 * SEGMENT_S / 60
    assert {member.video_id for member in group.members} == {videos["Original"].id, videos["Copy"].id}


def scores_by_search(library: Library, query: Query, points: Points) -> list[float]:
    """Return what the search itself scores each row, video by video."""
    told = {
        (video_id, segment): score
        for video_id in points.video_ids
        for segment, score in library.relevance(query, video_id)
    }
    return [told[points.segment(row)] for row in range(len(points))]


def test_matches_are_what_a_search_says(library: Library, points: Points) -> None:
    """Scores of all rows are those of the search; good ones are those that it calls possible or strong."""
    video_id, segment = points.segment(30)
    other, there = points.segment(150)
    for terms in (
        (Like(video_id, segment.start_s, segment.end_s),),
        (
            Like(video_id, segment.start_s, segment.end_s, 0.7),
            Like(other, there.start_s, there.end_s, -0.5),
        ),
    ):
        query = Query(terms=terms, modalities=("visual",), limit=300, fold=False, per_video=300)
        found = library.matches(SEEN, query)
        assert found.scores.tolist() == pytest.approx(scores_by_search(library, query, points), abs=1e-6)
        hits = {
            (hit.video_id, hit.segment): moment.band
            for moment in library.search(query).moments
            for hit in moment.hits[:1]
        }
        for (where, when), band in hits.items():
            row = next(r for r in range(len(points)) if points.segment(r) == (where, when))
            assert found.good[row] == (band != "weak")


@pytest.mark.parametrize("dates", ["recorded", "indexed"])
@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_trends(library: Library, points: Points, dates: str, period: str) -> None:
    """Minutes, shares, counts and intervals of every bar, for a query, a group, and each category apart."""
    video_id, segment = points.segment(30)
    query = Query(terms=(Like(video_id, segment.start_s, segment.end_s),))
    subjects = (QuerySubject("like it", query), ClusterSubject("first", 4, 0))
    result_of(lambda: library.clusters(SEEN, 4))
    shown = {
        "like it": library.matches(SEEN, query).good,
        "first": result_of(lambda: library.clusters(SEEN, 4)).labels == 0,
    }
    videos = {video.id: video for video in library.videos()}
    frame = pd.DataFrame(
        {
            "video": [points.video_ids[owner] for owner in points.video_of],
            "minutes": (points.end_s - points.start_s) / 60,
        }
    )
    moments = frame.video.map(
        {i: v.recorded_at if dates == "recorded" else v.indexed_at for i, v in videos.items()}
    )
    frame["start"] = [first_of(moment, period) for moment in moments]
    frame["category"] = [videos[one].category or "" for one in frame.video]
    for compare in (False, True):
        lines = library.trends(SEEN, subjects, period=period, dates=dates, compare=compare)  # type: ignore[arg-type]  # words of the parameters
        assert {line.label for line in lines} == {"like it", "first"}
        for line in lines:
            own = frame.assign(shown=shown[line.label])
            if line.category is not None:
                own = own[own.category == line.category]
            dated = own[own.start.notna()]
            assert line.trend.undated_minutes == pytest.approx(own[own.start.isna()].minutes.sum())
            assert line.trend.alike == pytest.approx(alike_of(dated), abs=1e-9)
            for bucket in line.trend.buckets:
                rows = dated[dated.start == bucket.first_day]
                matching = rows[rows.shown]
                assert bucket.total_minutes == pytest.approx(rows.minutes.sum())
                assert bucket.minutes == pytest.approx(matching.minutes.sum())
                assert (bucket.count, bucket.videos) == (len(matching), rows.video.nunique())
                days = (bucket.end_day - bucket.first_day).days
                assert first_of(pd.Timestamp(bucket.end_day, tz="UTC"), period) == bucket.end_day
                assert bucket.minutes_per_day == pytest.approx(matching.minutes.sum() / days)
                assert bucket.uncertain == (not len(rows) or bucket.high - bucket.low > 0.3)  # type: ignore[operator]  # there with footage
                if len(rows):
                    share = matching.minutes.sum() / rows.minutes.sum()
                    assert bucket.share == pytest.approx(share)
                    check_interval(bucket.low, bucket.high, share, rows, line.trend.alike)
            assert sum(bucket.count for bucket in line.trend.buckets) == dated.shown.sum()


def alike_of(dated: pd.DataFrame) -> float:
    """Return how much rows of a video agree: what they differ by from their bucket, beyond chance."""
    seen = alone = grows = 0.0
    for _, bucket in dated.groupby("start"):
        share = bucket[bucket.shown].minutes.sum() / bucket.minutes.sum()
        for _, own in bucket.groupby("video"):
            free = 1 - len(own) / len(bucket)
            seen += len(own) * (own[own.shown].minutes.sum() / own.minutes.sum() - share) ** 2
            alone += share * (1 - share) * free
            grows += share * (1 - share) * free * (len(own) - 1)
    return 0.2 if grows <= 0 else min(1.0, max(0.0, (seen - alone) / grows))


def check_interval(
    low: float | None, high: float | None, share: float, rows: pd.DataFrame, alike: float
) -> None:
    """Solve for the two shares from which the seen one lies 1.96 standard errors away."""
    counts = rows.video.value_counts()
    worth = counts.sum() ** 2 / sum(n * (1 + (n - 1) * alike) for n in counts)
    z = 1.959963984540054
    a, b, c = 1 + z * z / worth, -(2 * share + z * z / worth), share * share
    ends = np.roots([a, b, c]).real
    assert low == pytest.approx(max(0.0, min(share, ends.min())), abs=1e-6)
    assert high == pytest.approx(min(1.0, ends.max()), abs=1e-6)


def first_of(moment: datetime | None, period: str) -> date | None:
    if moment is None or pd.isna(moment):
        return None
    day = pd.Timestamp(moment).tz_convert("UTC")
    kind = {"day": "D", "week": "W-SUN", "month": "M"}[period]
    return day.tz_localize(None).to_period(kind).start_time.date()


@pytest.mark.parametrize("filters", [Filters(), Filters(categories=("road",)), Filters(tags=("night",))])
def test_coverage(library: Library, archived: pd.DataFrame, filters: Filters) -> None:
    """Minutes by category, video, modality and date, shares and lengths, under filters and without."""
    videos = {
        video.id: video
        for video in library.videos()
        if (not filters.categories or video.category in filters.categories)
        and (not filters.tags or set(filters.tags) & set(video.tags))
    }
    rows = archived[archived.video.isin(videos)]
    report = library.coverage(filters, period="week", dates="recorded")
    found = report.coverage
    assert found.minutes == pytest.approx(minutes_of(rows))
    by_category = rows.groupby(rows.video.map(lambda one: videos[one].category or ""))
    for amounts, groups in (
        (found.by_category, by_category),
        (found.by_video, rows.groupby("video")),
        (found.by_modality, rows.groupby("modality")),
    ):
        assert {one.name for one in amounts} == set(groups.groups)
        for one in amounts:
            own = groups.get_group(one.name)
            assert one.minutes == pytest.approx(minutes_of(own))
            assert one.share == pytest.approx(minutes_of(own) / minutes_of(rows))
            assert (one.videos, one.segments) == (own.video.nunique(), len(own))
    lengths = sorted((video.duration_s / 60 for video in videos.values()), reverse=True)
    assert list(report.lengths_min) == pytest.approx(lengths)
    assert found.median_video_minutes == pytest.approx(np.median(lengths))
    weeks: Counter[date | None] = Counter()
    for video_id, own in rows.groupby("video"):
        weeks[first_of(videos[str(video_id)].recorded_at, "week")] += minutes_of(own)  # type: ignore[assignment]  # a sum of minutes
    told = {one.start: one.minutes for one in report.periods if one.minutes}
    assert told == {start: pytest.approx(amount) for start, amount in weeks.items()}
    assert report.undated == sum(video.recorded_at is None for video in videos.values())
