"""Asking again: page after page until a list ends, and about one thing at growing intervals."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from twelvelabs.core.pagination import SyncPager

    from core.embedding.twelvelabs.calls import Calls

T = TypeVar("T")

PAGE_LIMIT: Final = 50
_SURELY_MORE: Final = 10
"""A page that is shorter than the provider's default length is the last one, whatever was asked for."""

_SOONEST_S: Final = 0.3
_LATEST_S: Final = 15.0
_SHARE_OF_AGE: Final = 0.1
_EXPECTED: Final = 16
"""So many of the last to be done say how long one takes."""
_EARLY: Final = 0.9
_SOONEST_EXPECTED_S: Final = 0.1
_SHARE_EXPECTED: Final = 0.04
"""While the end may come at any moment, it is asked for more often."""
_REMEMBERED: Final = 2000


def all_pages(calls: Calls, what: str, fetch: Callable[[int], SyncPager[T]]) -> Iterator[T]:
    """Yield every entry of a list of the provider; ``fetch`` asks for one page, counted from 1.

    Each page is a request of its own, so that a failure in a long list repeats one page only. An entry
    may come twice where the list grows meanwhile.

    Raises: what `Calls.harmless` raises.
    Source: the SDK's own pager takes every page for not the last, and asks for one that is empty.
    """
    number = 1
    while True:
        items = calls.harmless(what, partial(fetch, number)).items or []
        yield from items
        if len(items) < _SURELY_MORE:
            return
        number += 1


class Ages:
    """How long things at the provider have been waited for, and so how soon to ask again.

    What was done lately says when the next can be done at the soonest: before that there are no
    questions, around it there are more. Kept in memory. Safe for threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: OrderedDict[str, float] = OrderedDict()
        self._took_s: deque[float] = deque(maxlen=_EXPECTED)
        self._lock = threading.Lock()

    def age_s(self, name: str) -> float:
        """Return the seconds since this was first asked about."""
        with self._lock:
            now = self._clock()
            since = self._since.setdefault(name, now)
            self._since.move_to_end(name)
            while len(self._since) > _REMEMBERED:
                self._since.popitem(last=False)
            return now - since

    def ask_again_after_s(self, name: str) -> float:
        """Return the seconds until the next question: a tenth of the age, from 0.3 to 15 s.

        Where others of its kind were done lately, the first question comes when the fastest of them was
        nearly done, and those after it at a twenty-fifth of the age for as long again.
        """
        age_s = self.age_s(name)
        with self._lock:
            fastest_s = min(self._took_s, default=0.0)
        if age_s < _EARLY * fastest_s:
            return min(_LATEST_S, max(_SOONEST_EXPECTED_S, _EARLY * fastest_s - age_s))
        if age_s < 2 * fastest_s:
            return min(_LATEST_S, max(_SOONEST_EXPECTED_S, _SHARE_EXPECTED * age_s))
        return min(_LATEST_S, max(_SOONEST_S, _SHARE_OF_AGE * age_s))

    def done(self, name: str) -> None:
        """Forget what is done, and remember how long it took where it was asked about before."""
        with self._lock:
            since = self._since.pop(name, None)
            if since is not None:
                self._took_s.append(self._clock() - since)

    def forget(self, name: str) -> None:
        with self._lock:
            self._since.pop(name, None)
