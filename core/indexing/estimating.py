"""What indexing some videos will ask of the engine, before it is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.errors import EngineError, InputRefused, MediaError
from core.indexing.workbench import Workbench
from core.library_model import Estimate
from core.model import Video
from core.vectors.matryoshka import is_known


def estimate_videos(
    bench: Workbench,
    videos: Iterable[Video],
    *,
    started: Collection[str] = (),
    unread: int = 0,
    refused: int = 0,
) -> Estimate:
    """Return the minutes and the price of embedding these videos into the engine's space.

    ``started`` are ids of videos that the engine has been asked for already, so they cost no more.
    ``unread`` and ``refused`` count what else belongs to them: addresses that are still to be
    downloaded, and videos that have failed already. Nothing is sent.
    """
    minutes = known_minutes = 0.0
    wanted = known = 0
    for video in videos:
        length = video.duration_s / 60
        if video.id in started or is_known(
            bench.archive, video.id, bench.embedder.space, bench.recipe(video)
        ):
            known, known_minutes = known + 1, known_minutes + length
        elif _is_refused(bench, video):
            refused += 1
        else:
            wanted, minutes = wanted + 1, minutes + length
    rate = bench.settings.price_per_minute
    return Estimate(
        videos=wanted,
        minutes=minutes,
        known_videos=known,
        known_minutes=known_minutes,
        unread=unread,
        refused=refused,
        price=minutes * rate if rate and bench.embedder.billable else None,
        currency=bench.settings.currency,
    )


def _is_refused(bench: Workbench, video: Video) -> bool:
    """Return whether the engine would not be sent this video: its file is gone, or outside the limits."""
    try:
        bench.embedder.check(bench.source(video))
    except (EngineError, InputRefused, MediaError):
        return True
    return False
