"""What embedding asks of the engine, in words: before it is asked, and so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from components.formats import counted, minutes, money
from components.frame import facts, quiet

if TYPE_CHECKING:
    from core.library_model import Estimate, Usage


def cost_sentence(estimate: Estimate) -> str:
    """Return what indexing some videos will cost, before anything is sent."""
    if not estimate.videos and estimate.known_videos and not (estimate.unread or estimate.refused):
        known = counted(estimate.known_videos, "video is", "videos are")
        return f"{known} already known: this costs nothing."
    parts = []
    if estimate.videos:
        parts.append(f"{counted(estimate.videos, 'video')}, {minutes(estimate.minutes)} to embed")
    if estimate.known_videos:
        parts.append(f"{estimate.known_videos:,} already known (free)")
    if estimate.unread:
        parts.append(f"{estimate.unread:,} not downloaded yet")
    if estimate.refused:
        parts.append(f"{estimate.refused:,} cannot be embedded")
    if estimate.price is not None and estimate.videos:
        parts.append(f"{money(estimate.price, estimate.currency)}")
    return "; ".join(parts) or "There is nothing to embed."


def missing_sentence(name: str, present: int, missing: int, estimate: Estimate, *, free: bool) -> str:
    """Return what filling a space will cost."""
    asked = [minutes(estimate.minutes)]
    if estimate.known_videos:
        asked.append(f"{estimate.known_videos:,} already known (free)")
    if estimate.price is not None:
        asked.append(f"{money(estimate.price, estimate.currency)}")
    elif free:
        asked.append("at no cost")
    has = f"{name[:1].upper()}{name[1:]} has {present:,} of {counted(present + missing, 'video')}."
    return f"{has} Embedding {_others(present, missing)}: {', '.join(asked)}."


def _others(present: int, missing: int) -> str:
    if missing == 1:
        return "the other one" if present else "it"
    return f"the other {missing:,}" if present else "them"


def draw_usage(usage: Usage) -> None:
    """Draw what the engines that cost money were asked so far."""
    st.subheader("Use", anchor=False)
    if not (usage.minutes_total or usage.calls_total or usage.minutes_in_flight or usage.daily_minutes):
        quiet("Nothing that costs money was asked of an engine yet.")
        return
    if usage.daily_minutes:
        _ceiling(usage)
    rows = [
        ("Minutes today", f"{usage.minutes_today:,.1f}"),
        ("Minutes in all", f"{usage.minutes_total:,.1f}"),
        ("At the engine now", minutes(usage.minutes_in_flight)),
        ("Queries today", f"{usage.calls_today:,}"),
        ("Queries in all", f"{usage.calls_total:,}"),
    ]
    if usage.price_total is not None:
        rows.append(("Cost so far", f"{money(usage.price_total, usage.currency)}"))
    facts(rows)
    quiet("Days are UTC. A query that was asked before is not asked again.")
    if usage.price_total is None:
        quiet("Set CUEPOINT_PRICE_PER_MINUTE to see what it costs.")


def _ceiling(usage: Usage) -> None:
    taken = usage.minutes_today + usage.minutes_in_flight
    reached = taken >= usage.daily_minutes
    st.progress(
        min(1.0, taken / usage.daily_minutes),
        text=f"{taken:,.1f} of {minutes(usage.daily_minutes)} a day",
    )
    if reached:
        quiet(
            "Today's ceiling is reached: further videos wait until tomorrow, "
            "or until CUEPOINT_DAILY_MINUTES is higher."
        )
