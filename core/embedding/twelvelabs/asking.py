"""Asking again: page after page until a list ends, and about one thing at growing intervals."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
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

    Kept in memory: after a restart the questions come quickly again for a while. Safe for threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: OrderedDict[str, float] = OrderedDict()
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
        """Return the seconds until the next question: a tenth of the age, from 0.3 to 15."""
        return min(_LATEST_S, max(_SOONEST_S, _SHARE_OF_AGE * self.age_s(name)))

    def forget(self, name: str) -> None:
        with self._lock:
            self._since.pop(name, None)
