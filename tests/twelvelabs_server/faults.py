"""Which call goes wrong, and how.

| fault        | what the client sees                                              | was the work done? |
|--------------|-------------------------------------------------------------------|--------------------|
| 429          | 429 with a body and Retry-After                                   | no                 |
| 429-empty    | 429 without a body                                                | no                 |
| 500, 503     | that status                                                       | no                 |
| reset-before | the connection is reset                                           | no                 |
| reset-after  | the connection is reset                                           | yes                |
| slow         | the answer comes after `slow_s`                                   | yes                |
| truncated    | the answer's JSON ends in the middle                              | yes                |
| task-fails   | the task is created, and fails later for once                     | yes, for nothing   |
| asset-stuck  | the asset is processing for ever                                  | yes, for nothing   |
| nan          | vectors with a NaN in them                                        | yes                |
| dimension    | vectors that are too short                                        | yes                |
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.twelvelabs_server.options import FAULTS, Options

SPOILING = ("nan", "dimension")
_CREATE_TASK = "POST /embed-v2/tasks"
_RESULTS = ("GET /embed-v2/tasks/{task_id}", "POST /embed-v2")
_UPLOADS = ("POST /assets", "POST /assets/multipart-uploads")
_BODILESS = ("PUT /chunks", "DELETE /assets/{asset_id}")


def possible(fault: str, route: str) -> bool:
    """Return whether this fault can happen to this route at all."""
    if fault == "task-fails":
        return route == _CREATE_TASK
    if fault == "asset-stuck":
        return route in _UPLOADS
    if fault in SPOILING:
        return route in _RESULTS
    if fault == "truncated":
        return route not in _BODILESS
    return fault in FAULTS


class FaultPlan:
    """Draws faults at random by a seed, after those that were ordered for certain calls."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._ordered: list[list[Any]] = []

    def order(self, route: str, fault: str, count: int = 1) -> None:
        """Let the next calls of a route go wrong. Raises: ValueError for what cannot happen."""
        if not possible(fault, route):
            raise ValueError(f"{fault} cannot happen to {route}")
        self._ordered.append([route, fault, count])

    def next(self, route: str, options: Options, *, gives_vectors: bool) -> str | None:
        """Return how this call goes wrong, None where it does not.

        Only an answer with vectors can be spoiled: an order for it waits until there is one.
        """
        spoiling = () if gives_vectors else SPOILING
        for order in self._ordered:
            if order[0] == route and order[1] not in spoiling:
                order[2] -= 1
                if order[2] <= 0:
                    self._ordered.remove(order)
                return str(order[1])
        if options.fault_routes and route not in options.fault_routes:
            return None
        if self._draw.random() >= options.fault_share:
            return None
        kinds = [kind for kind in options.fault_kinds if possible(kind, route) and kind not in spoiling]
        return self._draw.choice(kinds) if kinds else None

    def forget(self) -> None:
        self._ordered.clear()

    def waiting(self) -> list[Mapping[str, Any]]:
        return [{"route": route, "fault": fault, "count": count} for route, fault, count in self._ordered]


class RateLimit:
    """Requests in windows of time, as the headers of every answer tell them."""

    def __init__(self) -> None:
        self._window_began = 0.0
        self._used: Counter[str] = Counter()

    def count(self, key: str, now: float, options: Options) -> tuple[bool, float, dict[str, str]]:
        """Return whether this request is too many, the seconds to the next window, and the headers."""
        if now - self._window_began >= options.rate_window_s:
            self._window_began = now
            self._used.clear()
        left_s = self._window_began + options.rate_window_s - now
        self._used[key] += 1
        used, most = self._used[key], options.rate_limit or 1_000_000
        reset = now + left_s if options.rate_reset == "epoch" else left_s
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - used)),
            "X-RateLimit-Used": str(min(used, most)),
            "X-RateLimit-Reset": f"{reset:.3f}".rstrip("0").rstrip(".")
            if left_s < 2
            else str(int(reset) + 1),
        }
        return used > most, left_s, headers
