"""Searches in the catalog: what moves up, what is replaced, what goes, and what stays for ever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.catalog.searches import RECENT_KEPT
from core.errors import NotFound
from tests.catalogs import DATABASES, Clock, catalog_url


@pytest.fixture(params=DATABASES, ids=lambda url: url.split(":")[0])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with catalog_url(request.param, tmp_path) as url:
        catalog = Catalog(url, clock=Clock())
        yield catalog
        catalog.close()


def recent(catalog: Catalog) -> list[str]:
    return [search.address for search in catalog.recent_searches()]


def names(catalog: Catalog) -> list[str | None]:
    return [search.name for search in catalog.saved_searches()]


def asked(catalog: Catalog, *addresses: str) -> None:
    for address in addresses:
        catalog.remember_search(address, address.upper(), address)


def test_a_search_that_is_asked_again_moves_up(catalog: Catalog) -> None:
    """The last used search comes first, and no address is there twice."""
    asked(catalog, "q=a", "q=b", "q=a")
    assert recent(catalog) == ["q=a", "q=b"]
    first, second = catalog.recent_searches()
    assert (first.label, first.name, first.saved) == ("Q=A", None, False)
    assert first.created_at < second.created_at < first.used_at
    assert recent(catalog)[:1] == [search.address for search in catalog.recent_searches(limit=1)]


def test_the_same_question_weighed_differently_takes_the_place_of_the_last(catalog: Catalog) -> None:
    """Of a subject the newest address is kept, also where others searched in between."""
    catalog.remember_search("q=a&words=60", "first", "a")
    asked(catalog, "q=b")
    catalog.remember_search("q=a&words=70", "second", "a")
    assert [(one.address, one.label) for one in catalog.recent_searches()] == [
        ("q=a&words=70", "second"),
        ("q=b", "Q=B"),
    ]


def test_the_oldest_recent_searches_go_and_saved_ones_stay(catalog: Catalog) -> None:
    """Recent searches are bounded; what has a name is not counted and not dropped."""
    asked(catalog, "q=kept")
    catalog.save_search("q=kept", "Kept", "unused")
    asked(catalog, *(f"q={n}" for n in range(RECENT_KEPT + 3)))
    assert recent(catalog) == [f"q={n}" for n in range(RECENT_KEPT + 2, 2, -1)]
    assert [(one.name, one.label, one.address) for one in catalog.saved_searches()] == [
        ("Kept", "Q=KEPT", "q=kept")
    ]


def test_a_saved_search_is_not_a_recent_one_as_well(catalog: Catalog) -> None:
    """Saving takes a search out of the recent ones, and asking it again moves only its time."""
    asked(catalog, "q=a")
    saved = catalog.save_search("q=a", "Mine", "unused")
    asked(catalog, "q=a")
    assert recent(catalog) == []
    (again,) = catalog.saved_searches()
    assert (again.id, again.name) == (saved.id, "Mine")
    assert again.used_at > saved.used_at


def test_a_saved_search_is_never_replaced_by_another_weight(catalog: Catalog) -> None:
    """The same subject at another weight becomes a recent search beside the saved one."""
    catalog.remember_search("q=a&words=60", "first", "a")
    catalog.save_search("q=a&words=60", "Mine", "unused")
    catalog.remember_search("q=a&words=70", "second", "a")
    assert recent(catalog) == ["q=a&words=70"]
    assert [one.address for one in catalog.saved_searches()] == ["q=a&words=60"]


def test_no_two_saved_searches_have_one_name(catalog: Catalog) -> None:
    """A name that is taken, in any case, gets a number; a search may keep or respell its own."""
    one = catalog.save_search("q=a", "Night", "a")
    assert catalog.save_search("q=b", "night", "b").name == "night (2)"
    assert catalog.save_search("q=c", "Night", "c").name == "Night (3)"
    assert catalog.rename_search(one.id, "NIGHT").name == "NIGHT"
    assert catalog.save_search("q=a", "Night", "a").name == "Night"
    assert catalog.rename_search(one.id, "night (2)").name == "night (2) (2)"


def test_saved_searches_come_by_name(catalog: Catalog) -> None:
    """Saved searches are listed by their names, capital letters or not, whenever they were used."""
    for name in ("beta", "Alpha", "émile", "Gamma", "alpha 2"):
        catalog.save_search(f"q={len(name)}{name[0]}", name, name)
    assert names(catalog) == ["Alpha", "alpha 2", "beta", "Gamma", "émile"]


def test_a_recent_search_gets_a_name_by_renaming(catalog: Catalog) -> None:
    """Giving a recent search a name saves it."""
    search = catalog.remember_search("q=a", "a", "a")
    assert catalog.rename_search(search.id, "Mine").saved
    assert (recent(catalog), names(catalog)) == ([], ["Mine"])


def test_what_is_removed_is_gone(catalog: Catalog) -> None:
    """A removed search is in no list, cannot be renamed, and removing it again changes nothing."""
    asked(catalog, "q=a", "q=b")
    search = catalog.save_search("q=a", "Mine", "a")
    for _ in range(2):
        catalog.forget_search(search.id)
    assert (recent(catalog), names(catalog)) == (["q=b"], [])
    with pytest.raises(NotFound, match="not kept any more"):
        catalog.rename_search(search.id, "Other")


def test_text_that_no_database_stores_is_still_kept(catalog: Catalog) -> None:
    """Labels and names of any origin are kept with question marks for what cannot be stored."""
    search = catalog.remember_search("q=a", "a\x00b\ud800", "\ud800")
    assert search.label == "a?b?"
    assert catalog.rename_search(search.id, "n\x00").name == "n?"


def test_long_addresses_are_told_apart(catalog: Catalog) -> None:
    """Addresses that no index could hold are kept whole and apart, down to their last letter."""
    long = "q=" + "%E6%B0%B4" * 2000
    asked(catalog, long + "a", long + "b", long + "a")
    assert recent(catalog) == [long + "a", long + "b"]


def test_many_people_search_and_save_at_once(catalog: Catalog) -> None:
    """However many search and save the same at the same time, each address and name is there once."""

    def search(number: int) -> None:
        asked(catalog, f"q={number % 8}")
        catalog.save_search(f"q=saved{number % 12}", "Same name", "label")
        catalog.saved_searches()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(search, range(96)))
    assert sorted(recent(catalog)) == [f"q={n}" for n in range(8)]
    assert len(names(catalog)) == len({(name or "").casefold() for name in names(catalog)}) == 12
