"""How far work has come: passed on in parts, so that a long computation can be followed and stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Report: TypeAlias = Callable[[float], None] | None
"""Hears shares from 0 to 1 that never fall. It may raise to stop the work."""


def part_of(report: Report, start: float, end: float) -> Report:
    """Return what a step reports to that is the stretch from `start` to `end` of the whole."""
    if report is None:
        return None
    whole = report

    def told(share: float) -> None:
        whole(start + (end - start) * share)

    return told


def tell(report: Report, share: float) -> None:
    """Report a share where somebody listens."""
    if report is not None:
        report(share)
