"""What truth.json says of which items answer what, in any of the ways in which it may be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from benchmarks.quality.errors import BadSet

Relevant: TypeAlias = frozenset[int]
"""Indices of items; empty means that nothing answers the query."""

_ITEM_NAMES = ("items", "relevant", "item")


def read_relevant(found: Any, name: str, queries: int, items: int) -> list[Relevant]:
    """Return the relevant items of every query.

    Taken are a list per query, and an object by the number of the query, where a query that it does not
    name is unanswerable. A single number stands for a list of one, null for none. Raises: BadSet.
    """
    if isinstance(found, Mapping):
        numbers = {_index(key, f'"{name}"', queries, "queries"): value for key, value in found.items()}
        found = [numbers.get(place) for place in range(queries)]
    if not isinstance(found, list):
        raise BadSet(f'"{name}" in truth.json has to be a list with a list of item indices per query.')
    if len(found) != queries:
        raise BadSet(f'"{name}" in truth.json has {len(found)} entries for {queries} vectors.')
    return [_items(one, f'"{name}" of {place}', items) for place, one in enumerate(found)]


def read_pairs(found: Any, texts: int, clips: int, items: int) -> list[tuple[int, int, Relevant | None]]:
    """Return (text, clip, relevant items) of every pair; None where nothing is said of them.

    Taken are [text, clip, [items]], [text, clip], and objects with these names. Raises: BadSet.
    """
    if not isinstance(found, list):
        raise BadSet('"pairs" in truth.json has to be a list of [text, clip, [items]].')
    pairs = []
    for place, one in enumerate(found):
        where = f'"pairs" entry {place}'
        if isinstance(one, Mapping):
            said = [one[name] for name in _ITEM_NAMES if name in one]
            one = [one.get("text", one.get("query")), one.get("clip"), *said[:1]]
        if not isinstance(one, list) or not 2 <= len(one) <= 3:
            raise BadSet(f"{where} in truth.json has to be [text, clip, [items]].")
        text, clip = _index(one[0], where, texts, "queries"), _index(one[1], where, clips, "clips")
        pairs.append((text, clip, _items(one[2], where, items) if len(one) == 3 else None))
    return pairs


def _items(found: Any, where: str, items: int) -> Relevant:
    if found is None:
        return frozenset()
    several = found if isinstance(found, list) else [found]
    return frozenset(_index(one, where, items, "items") for one in several)


def _index(found: Any, where: str, count: int, of_what: str) -> int:
    number = found
    written = isinstance(found, str) and found.strip().isdigit()
    if written or (isinstance(found, float) and found.is_integer()):
        number = int(found)
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadSet(f"{where} in truth.json names {found!r}, which is no index.")
    if not 0 <= number < count:
        raise BadSet(f"{where} in truth.json names {number}, but there are {count} {of_what}, from 0.")
    return number
