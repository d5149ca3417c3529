"""The part of the façade that remembers what was searched."""

from __future__ import annotations

import re
from typing import Final

from core.catalog.searches import RECENT_KEPT
from core.errors import InputRefused
from core.media.names import clean_text
from core.model import SavedSearch
from core.parts import Parts

LONGEST_ADDRESS: Final = 32_000
"""Characters; 2,000 letters of any script, percent-encoded, and what goes with them."""
LONGEST_NAME: Final = 100
LONGEST_LABEL: Final = 300

# Names and values as `urllib.parse.urlencode` writes them: nothing here can name another host.
_PAIR: Final = r"[A-Za-z0-9_.~%+*-]+=[A-Za-z0-9_.~%+*-]*"
_ADDRESS: Final = re.compile(rf"{_PAIR}(?:&{_PAIR})*")


class LibrarySearches:
    """Recent and saved searches: the user's own, in the catalog, whatever becomes of the videos."""

    _parts: Parts

    def remember_search(self, address: str, label: str, *, subject: str | None = None) -> SavedSearch:
        """Note that this address of the search page was just searched; return what is kept of it.

        A known address moves up. ``subject`` says what is asked apart from how it is weighed: a recent
        search of the same subject is replaced, so that a slider leaves one search behind and not fifty.
        None takes the address. Raises: InputRefused.
        """
        return self._parts.catalog.remember_search(
            _checked(address), _label(label), address if subject is None else subject
        )

    def recent_searches(self, limit: int = RECENT_KEPT) -> list[SavedSearch]:
        """Return the searches that nobody saved, the last used first, 50 at most."""
        return self._parts.catalog.recent_searches(max(0, limit))

    def save_search(self, address: str, name: str, *, label: str | None = None) -> SavedSearch:
        """Keep an address under a name until it is removed; return it.

        A name that is taken gets a number. ``label`` counts where the address was not remembered before;
        None takes the name. Raises: InputRefused.
        """
        named = _name(name)
        return self._parts.catalog.save_search(_checked(address), named, _label(label or named))

    def saved_searches(self) -> list[SavedSearch]:
        """Return the saved searches in the order of their names."""
        return self._parts.catalog.saved_searches()

    def rename_search(self, search_id: str, name: str) -> SavedSearch:
        """Give a search a name, also a recent one; return it saved. Raises: NotFound, InputRefused."""
        return self._parts.catalog.rename_search(search_id, _name(name))

    def forget_search(self, search_id: str) -> None:
        """Remove a search; one that is gone already stays gone."""
        self._parts.catalog.forget_search(search_id)


def _checked(address: str) -> str:
    if len(address) > LONGEST_ADDRESS:
        raise InputRefused("This search is too long to be kept. Use fewer words or fewer filters.")
    if not _ADDRESS.fullmatch(address):
        raise InputRefused("This is not the address of a search. Search for something, then save it.")
    return address


def _name(name: str) -> str:
    named = clean_text(name, LONGEST_NAME)
    if not named:
        raise InputRefused("This search has no name yet. Give it one, then save it.")
    return named


def _label(label: str) -> str:
    return clean_text(label, LONGEST_LABEL) or "Search"
