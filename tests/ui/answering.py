"""How the stand-in searches: by the words of tags, with scores that only depend on the order of videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from core.embedding.port import EngineState
from core.library_model import LibraryStatus
from core.model import (
    Band,
    Clip,
    Hit,
    Image,
    Like,
    Moment,
    Part,
    Query,
    Results,
    Segment,
    Space,
    TermReport,
    Text,
    Video,
)

WORDS = {
    "red": (170, 40, 40),
    "green": (40, 130, 60),
    "blue": (40, 70, 160),
    "night": (16, 18, 40),
    "sand": (200, 170, 110),
}
SEGMENT_S = 4.0


def answer(query: Query, videos: Sequence[Video], *, good_match: bool) -> Results:
    """Return moments of the videos whose tags are asked for, then of all others."""
    terms = tuple(_report(term, query, videos) for term in query.all_terms)
    tags = {video.id: set(video.tags) for video in videos}
    wanted = {word for report in terms if report.term.weight > 0 for word in report.understood}
    wanted |= {tag for term in query.terms if isinstance(term, Like) for tag in tags[term.video_id]}
    make = _sequence if query.then else _moment
    moments = [
        make(video, number, 1.3 - 0.13 * rank - 0.05 * number, query, terms)
        for rank, video in enumerate(sorted(videos, key=lambda video: not wanted & tags[video.id]))
        if not query.filters.video_ids or video.id in query.filters.video_ids
        if not query.filters.categories or video.category in query.filters.categories
        for number in range(len(cut(video.duration_s)[: query.per_video or 2]))
    ]
    held_back = tuple((video.id, max(0, video.segment_count - 2)) for video in videos)
    listed = _page(query, sorted(moments, key=lambda moment: -moment.score))
    return Results(
        listed,
        terms,
        good_match=good_match and (bool(wanted) or any(isinstance(t, Clip | Image) for t in query.terms)),
        more_by_video=() if query.per_video else held_back,
        more=len(listed) + query.offset < len(moments),
        confidence=1.2,
        searched_segments=sum(video.segment_count for video in videos),
        took_ms=12.0,
    )


def _page(query: Query, moments: list[Moment]) -> tuple[Moment, ...]:
    if not query.by_video:
        return tuple(moments[query.offset : query.offset + query.limit])
    order = list(dict.fromkeys(moment.video_id for moment in moments))
    shown = order[query.offset : query.offset + query.limit]
    return tuple(moment for moment in moments if moment.video_id in shown)


def standing(
    videos: Sequence[Video], active_jobs: int, fault: Exception | None, engine: EngineState
) -> LibraryStatus:
    """Return what the status page shows."""
    return LibraryStatus(
        engine=engine,
        space=Space(engine.name.lower(), engine.model, 512),
        videos=len(videos),
        segments=sum(video.segment_count for video in videos),
        minutes=sum(video.duration_s for video in videos) / 60,
        disk_bytes=12_345_678,
        free_bytes=98_765_432_100,
        active_jobs=active_jobs,
        index_ready=fault is None,
        index_message=str(fault or "The search index answers."),
    )


def cut(duration_s: float) -> list[Segment]:
    """Return the segments of a video that is so long."""
    edges = [*(n * SEGMENT_S for n in range(int(duration_s / SEGMENT_S))), duration_s]
    return [Segment(start, end) for start, end in pairwise(edges) if end - start > 0.5]


def _report(term: Any, query: Query, videos: Sequence[Video]) -> TermReport:
    share = max(0.0, term.weight) / sum(max(0.0, one.weight) for one in query.all_terms)
    if not isinstance(term, Text):
        return TermReport(term, share)
    known = {tag for video in videos for tag in video.tags} | set(WORDS)
    words = term.text.lower().split()
    understood = tuple(word for word in words if word in known)
    ignored = tuple(word for word in words if word not in known)
    return TermReport(term, share, understood, ignored, matches_nothing=not understood)


def _moment(video: Video, number: int, score: float, query: Query, terms: tuple[TermReport, ...]) -> Moment:
    """Return one segment, found twice; under the first of a video is folded another one that is like it."""
    segments = cut(video.duration_s)
    hits = (
        _hit(video, segments[number], score, terms),
        _hit(video, Segment(segments[number].start_s + 1, segments[number].end_s), score - 0.3, terms),
    )
    similar: tuple[Moment, ...] = ()
    if query.fold and number == 0 and len(segments) > 2:
        last = _hit(video, segments[-1], score - 0.01, terms)
        similar = (_of(video, (last,), last.score),)
    return replace(_of(video, hits, score), similar=similar)


def _sequence(video: Video, number: int, score: float, query: Query, terms: tuple[TermReport, ...]) -> Moment:
    """Return segments that follow each other, one a step."""
    segments = cut(video.duration_s)[number:]
    steps = range(min(1 + len(query.then), len(segments)))
    hits = tuple(replace(_hit(video, segments[step], score, terms), step=step) for step in steps)
    return _of(video, hits, score)


def _hit(video: Video, segment: Segment, score: float, terms: tuple[TermReport, ...]) -> Hit:
    parts = [
        part
        for n, report in enumerate(terms)
        for part in (
            Part(n, "visual", 0.31 + 0.01 * n, 0.12, 0.75 * score * report.share),
            Part(
                n, "audio", 0.21, 0.05, 0.25 * score * report.share - (0.4 if report.term.weight < 0 else 0)
            ),
        )
    ]
    return Hit(video.id, segment, "visual", score, tuple(parts))


def _of(video: Video, hits: tuple[Hit, ...], score: float) -> Moment:
    band: Band = "strong" if score > 1 else "possible" if score > 0.6 else "weak"
    start_s = min(hit.segment.start_s for hit in hits)
    return Moment(video.id, start_s, max(hit.segment.end_s for hit in hits), score, band, hits)
