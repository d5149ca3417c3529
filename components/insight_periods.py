"""Choosing by which dates the insights count, and in what steps: kept in the address."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from components.faults import action
from components.search_parameters import follow, write

Period = Literal["day", "week", "month"]
Dates = Literal["recorded", "indexed"]
PERIODS: Final[dict[Period, str]] = {"day": "Day", "week": "Week", "month": "Month"}
DATES: Final[dict[Dates, str]] = {"recorded": "Recorded", "indexed": "Indexed"}


def period_control(first: Period = "week") -> Period:
    """Draw the choice between days, weeks and months; return it."""
    told = st.query_params.get("by")
    chosen: Period = next((known for known in PERIODS if known == told), first)

    def changed() -> None:
        picked = st.session_state["insight_period"]
        write({"by": None if picked == first else picked})

    st.segmented_control(
        "Step",
        list(PERIODS),
        format_func=lambda known: PERIODS[known],
        default=follow("insight_period", chosen),
        key="insight_period",
        required=True,
        on_change=action(changed),
    )
    return chosen


def dates_control() -> Dates:
    """Draw the choice between the date of recording and that of indexing; return it."""
    chosen: Dates = "indexed" if st.query_params.get("dates") == "indexed" else "recorded"

    def changed() -> None:
        write({"dates": "indexed" if st.session_state["insight_dates"] == "indexed" else None})

    st.segmented_control(
        "Date",
        list(DATES),
        format_func=lambda known: DATES[known],
        default=follow("insight_dates", chosen),
        key="insight_dates",
        required=True,
        on_change=action(changed),
    )
    return chosen
