"""What trends follow: words as in a search, and groups; kept in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import streamlit as st

from components.address_values import texts
from components.faults import action
from components.phrasing import unquoted
from components.search_address import Place, SearchRequest, write_request
from components.search_parameters import follow, write
from core.library_insights import Bucket
from core.library_trends import ClusterSubject, QuerySubject, TrendLine
from core.model import Query, Text

if TYPE_CHECKING:
    from core.model.insights import Selection

MOST: Final = 6
_WORDS: Final = "insight_follow"
_GROUPS: Final = "insight_follow_groups"


@dataclass(frozen=True, slots=True)
class Group:
    """A group that can be followed."""

    number: int
    title: str
    examples: tuple[Place, ...]
    """The moments that show best what is in it, the best first."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a selection, found with ``k`` (None: as many as there are)."""

    k: int | None
    all: tuple[Group, ...]

    def group(self, number: int) -> Group | None:
        """Return the group with this number."""
        return next((one for one in self.all if one.number == number), None)


Subject: TypeAlias = QuerySubject | ClusterSubject


def subjects_control(selection: Selection, groups: Groups) -> tuple[Subject, ...]:
    """Draw the fields; return what the address asks to follow."""
    words = texts(st.query_params.get_all("about"))[:MOST]
    numbers = _numbers(st.query_params.get_all("group"), groups)
    left, right = st.columns(2)
    with left:
        st.multiselect(
            "Words to follow",
            options=list(words),
            default=follow(_WORDS, list(words)),
            key=_WORDS,
            accept_new_options=True,
            max_selections=MOST,
            placeholder="Type words as in a search, then Enter",
            on_change=action(_words_changed),
        )
    with right:
        st.multiselect(
            "Groups to follow",
            options=[one.number for one in groups.all],
            default=follow(_GROUPS, list(numbers)),
            format_func=lambda number: _title(groups, number),
            key=_GROUPS,
            max_selections=MOST,
            placeholder="Choose groups" if groups.all else "No groups were found",
            disabled=not groups.all,
            on_change=action(_groups_changed),
        )
    return (
        *(QuerySubject(one, _query(one, selection)) for one in words),
        *(ClusterSubject(_title(groups, number), groups.k, number) for number in numbers),
    )


def results_of(
    line: TrendLine,
    bucket: Bucket,
    request: SearchRequest,
    *,
    dates: str,
    subjects: Sequence[Subject],
    groups: Groups,
) -> Mapping[str, str | list[str]]:
    """Return the search page's parameters that show what a bar counts: its words or examples, its days."""
    last = bucket.end_day - timedelta(days=1)
    asked = replace(request, text="", more=(), like=None, sample=None, then=(), at=None, view="moments")
    if dates == "recorded":
        days = _within(bucket.first_day, last, asked.recorded_from, asked.recorded_to)
        asked = replace(asked, recorded_from=days[0], recorded_to=days[1])
    else:
        days = _within(bucket.first_day, last, asked.indexed_from, asked.indexed_to)
        asked = replace(asked, indexed_from=days[0], indexed_to=days[1])
    if line.category:
        asked = replace(asked, categories=(line.category,))
    subject = next((one for one in subjects if one.label == line.label), None)
    if isinstance(subject, ClusterSubject):
        group = groups.group(subject.number)
        return write_request(replace(asked, more=group.examples[:5] if group else ()))
    return write_request(replace(asked, text=line.label))


def _within(first: date, last: date, since: date | None, until: date | None) -> tuple[date, date]:
    """Return the days that are in the bucket and satisfy the filter that was there before."""
    return max(first, since or first), min(last, until or last)


def _query(words: str, selection: Selection) -> Query:
    return Query(terms=(Text(unquoted(words)),), modalities=(selection.modality,))


def _title(groups: Groups, number: int) -> str:
    group = groups.group(number)
    return group.title if group else f"Group {number + 1}"


def _numbers(values: Sequence[str], groups: Groups) -> tuple[int, ...]:
    known = {str(one.number): one.number for one in groups.all}
    return tuple(dict.fromkeys(known[value] for value in values if value in known))[:MOST]


def _words_changed() -> None:
    write({"about": [" ".join(one.split()) for one in st.session_state[_WORDS]]})


def _groups_changed() -> None:
    write({"group": [str(number) for number in st.session_state[_GROUPS]]})
