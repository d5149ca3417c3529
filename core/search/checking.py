"""What a query must satisfy before anything is embedded or searched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from core.embedding.port import QueryLimits
from core.embedding.query_cache import normalise_text
from core.errors import QueryRefused
from core.model import MODALITIES, Clip, Filters, Image, Like, Modality, Query, Term, Text, Then

_Bound = TypeVar("_Bound", date, float)

MOST_TERMS: Final = 20
MOST_MOMENTS: Final = 500
"""Where a list ends, however it is paged. A page that would reach beyond is cut there."""
MOST_DAYS: Final = 36_500
MOST_STEPS: Final = 5
LONGEST_GAP_S: Final = 3_600
"""Most seconds from one step of a sequence to the next."""
LARGEST_WEIGHT: Final = 1e6

MODALITY_NAMES: Final[Mapping[Modality, str]] = {
    "visual": "what you see",
    "audio": "what you hear",
    "transcription": "what is said",
    "fused": "all of it together",
}


def check_query(query: Query, offered: Sequence[Modality], limits: QueryLimits) -> tuple[Modality, ...]:
    """Return the modalities to search, in their fixed order, each once.

    Raises: QueryRefused with a sentence that says what to change.
    """
    if not query.terms:
        raise QueryRefused("There is nothing to search for yet. Type some words or add a sample clip.")
    if len(query.all_terms) > MOST_TERMS:
        raise QueryRefused(f"This query has {len(query.all_terms)} parts. Use at most {MOST_TERMS}.")
    for term in query.all_terms:
        _check_weight(term)
        _check_term(term, limits)
    if not any(term.weight > 0 for term in query.terms):
        raise QueryRefused(
            "This query only says what to leave out. Add words or a sample of what to look for, "
            "with a weight above 0."
        )
    _check_steps(query.then)
    if not 1 <= query.limit <= MOST_MOMENTS:
        raise QueryRefused(f"Ask for 1 to {MOST_MOMENTS} results, not {query.limit}.")
    if query.offset < 0:
        raise QueryRefused("A list starts at its first result. Leave out 0 results or more.")
    if query.offset >= MOST_MOMENTS:
        raise QueryRefused(
            f"A list ends after {MOST_MOMENTS} results. Use more words or a filter to find what is below."
        )
    if query.per_video is not None and query.per_video < 1:
        raise QueryRefused("Allow at least 1 result per video.")
    _check_filters(query.filters)
    return _check_modalities(query.modalities, offered)


def _check_steps(steps: Sequence[Then]) -> None:
    if len(steps) >= MOST_STEPS:
        raise QueryRefused(f"This sequence has {len(steps) + 1} steps. Use at most {MOST_STEPS}.")
    for number, step in enumerate(steps, 2):
        if not any(term.weight > 0 for term in step.terms):
            raise QueryRefused(
                f"Step {number} of the sequence does not say what to look for. Add words or a sample to it, "
                "with a weight above 0, or remove the step."
            )
        if not 0 <= step.within_s <= LONGEST_GAP_S:
            raise QueryRefused(
                f"Let step {number} of the sequence begin within 0 to {LONGEST_GAP_S:,} seconds "
                "of the end of the one before."
            )


def _check_weight(term: Term) -> None:
    if not math.isfinite(term.weight) or abs(term.weight) > LARGEST_WEIGHT:
        raise QueryRefused("A weight is not a usable number. Use one between 0 and 1, or below 0 to exclude.")


def _check_term(term: Term, limits: QueryLimits) -> None:
    match term:
        case Text(text):
            words = normalise_text(text)
            if not words:
                raise QueryRefused("The words to search for are empty. Type some, or remove them.")
            if len(words) > limits.text_characters:
                raise QueryRefused(
                    f"These words are too long ({len(words):,} characters). "
                    f"Shorten them to {limits.text_characters:,}."
                )
        case Clip(_, start_s, end_s):
            _check_stretch(start_s, end_s)
            if end_s is not None:
                _check_length(end_s - start_s, limits)
        case Like(_, start_s, end_s):
            _check_stretch(start_s, end_s)
        case Image():
            pass


def _check_stretch(start_s: float, end_s: float | None) -> None:
    if not (math.isfinite(start_s) and start_s >= 0):
        raise QueryRefused("A sample has to start at 0 seconds or later.")
    if end_s is not None and not (math.isfinite(end_s) and end_s > start_s):
        raise QueryRefused("A sample has to end after it starts. Move its out point.")


def _check_length(seconds: float, limits: QueryLimits) -> None:
    # Half a frame of slack: in and out points come from a player.
    if seconds > limits.clip_max_s + 0.05:
        raise QueryRefused(
            f"This sample is {seconds:.1f} seconds long. Cut it to at most {limits.clip_max_s:g} seconds."
        )
    if seconds < limits.clip_min_s - 0.05:
        raise QueryRefused(f"This sample is too short. Use at least {limits.clip_min_s:g} seconds.")


def _check_filters(filters: Filters) -> None:
    for bound in (filters.min_duration_s, filters.max_duration_s):
        if bound is not None and not math.isfinite(bound):
            raise QueryRefused("A duration to filter by is not a number. Give it in seconds.")
    _check_range("duration", filters.min_duration_s, filters.max_duration_s)
    _check_range("recording date", filters.recorded_from, filters.recorded_to)
    _check_range("date of adding", filters.indexed_from, filters.indexed_to)
    # A relative filter that an old date has left behind finds nothing, which is true.
    if filters.last_days is not None and not 1 <= filters.last_days <= MOST_DAYS:
        raise QueryRefused(f"Filter by the last 1 to {MOST_DAYS:,} days, not {filters.last_days:,}.")


def _check_range(what: str, low: _Bound | None, high: _Bound | None) -> None:
    if low is not None and high is not None and low > high:
        raise QueryRefused(
            f"The range of the {what} ends at {high}, before it starts at {low}. Swap the two."
        )


def _check_modalities(asked: Sequence[Modality], offered: Sequence[Modality]) -> tuple[Modality, ...]:
    names = ", ".join(MODALITY_NAMES[modality] for modality in offered)
    for modality in asked:
        if modality not in MODALITIES:
            raise QueryRefused(f"There is nothing called that to search in. This engine offers: {names}.")
        if modality not in offered:
            raise QueryRefused(f"This engine does not offer {MODALITY_NAMES[modality]}. Search in: {names}.")
    wanted = asked or offered
    return tuple(modality for modality in MODALITIES if modality in wanted)
