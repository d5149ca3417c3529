"""Shot lists in the catalog: what is kept, in which order, and what two people at once lose (nothing)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog.catalog import Catalog
from core.catalog.shot_lists import MOST_SHOTS, NewShot
from core.errors import InputRefused, NotFound
from core.model import Shot, ShotList
from tests.catalogs import DATABASES, Clock, catalog_url


@pytest.fixture(params=DATABASES, ids=lambda url: url.split(":")[0])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with catalog_url(request.param, tmp_path) as url:
        catalog = Catalog(url, clock=Clock())
        yield catalog
        catalog.close()


def new(number: int) -> NewShot:
    return NewShot(f"{number % 3:032x}", f"Film {number}", number / 7, number / 7 + 0.1, f"note {number}")


def rated(stars: int) -> Callable[[Shot], Shot]:
    return lambda shot: replace(shot, rating=stars)


def notes(kept: ShotList) -> list[str]:
    return [shot.note for shot in kept.shots]


def numbered(*numbers: int) -> list[str]:
    return [f"note {number}" for number in numbers]


def test_a_shot_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    """In, Out and every word are the same, to the last bit, after a round through the database."""
    made = catalog.add_shot_list("Reel")
    kept = catalog.add_shots(
        made.id, [NewShot("a" * 32, "Ö\u0000\ud800", 1001 / 30000, 2002 / 30000, "go\n⚡")]
    )
    (shot,) = kept.shots
    assert (shot.start_s, shot.end_s, shot.note, shot.rating) == (1001 / 30000, 2002 / 30000, "go\n⚡", 0)
    assert shot.title == "Ö??"
    assert shot.added_at.tzinfo is not None
    assert catalog.shot_list(made.id) == kept == catalog.shot_lists()[0]


def test_the_list_that_changed_last_comes_first(catalog: Catalog) -> None:
    """Every change brings a list to the top and makes its version grow."""
    first, second = catalog.add_shot_list("One"), catalog.add_shot_list("Two")
    assert [one.name for one in catalog.shot_lists()] == ["Two", "One"]
    changed = catalog.add_shots(first.id, [new(1)])
    assert changed.version > first.version
    assert [one.name for one in catalog.shot_lists()] == ["One", "Two"]
    assert catalog.shot_list(second.id).version == second.version


def test_a_name_is_given_once(catalog: Catalog) -> None:
    """A second list of a name gets a number, and so does one that is renamed to it."""
    names = [catalog.add_shot_list("Reel").name for _ in range(2)]
    assert names == ["Reel", "Reel (2)"]
    other = catalog.add_shot_list("Other")
    assert catalog.rename_shot_list(other.id, "reel").name == "reel (3)"
    assert catalog.rename_shot_list(other.id, "reel (3)").name == "reel (3)"


def test_the_same_moment_is_kept_once(catalog: Catalog) -> None:
    """The same video, In and Out again changes nothing, also within one call."""
    made = catalog.add_shot_list("Reel")
    once = catalog.add_shots(made.id, [new(1), new(2), new(1)])
    assert notes(once) == numbered(1, 2)
    assert catalog.add_shots(made.id, [new(2), new(1)]) == once


def test_what_is_gone_is_said(catalog: Catalog) -> None:
    """A list or shot that is not there any more is NotFound; removing it again is fine."""
    made = catalog.add_shot_list("Reel")
    shot = catalog.add_shots(made.id, [new(1)]).shots[0]
    assert notes(catalog.remove_shots(made.id, [shot.id, "nothing"])) == []
    with pytest.raises(NotFound):
        catalog.edit_shot(made.id, shot.id, rated(3))
    catalog.delete_shot_list(made.id)
    catalog.delete_shot_list(made.id)
    for act in (
        lambda: catalog.shot_list(made.id),
        lambda: catalog.add_shots(made.id, [new(1)]),
        lambda: catalog.order_shots(made.id, []),
        lambda: catalog.remove_shots(made.id, []),
        lambda: catalog.restore_shots(made.id, []),
        lambda: catalog.rename_shot_list(made.id, "Other"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_list_has_a_most(catalog: Catalog) -> None:
    """A list does not grow beyond its bound, and what was refused left nothing behind."""
    made = catalog.add_shot_list("Reel")
    catalog.add_shots(made.id, [new(number) for number in range(MOST_SHOTS)])
    with pytest.raises(InputRefused):
        catalog.add_shots(made.id, [new(MOST_SHOTS)])
    assert len(catalog.shot_list(made.id).shots) == MOST_SHOTS


def test_two_people_at_once_lose_nothing(catalog: Catalog) -> None:
    """Shots that are kept while others are ordered, rated and removed are all there, each once."""
    made = catalog.add_shot_list("Reel")
    begun = catalog.add_shots(made.id, [new(number) for number in range(20)])

    def order(_: int) -> None:
        catalog.order_shots(made.id, [shot.id for shot in reversed(begun.shots)])

    def rate(number: int) -> None:
        catalog.edit_shot(made.id, begun.shots[number].id, rated(5))

    def keep(number: int) -> None:
        catalog.add_shots(made.id, [new(100 + number)])

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(act, n) for n in range(10) for act in (order, rate, keep)]
        work.append(pool.submit(catalog.remove_shots, made.id, [begun.shots[19].id]))
        for one in work:
            one.result()
    after = catalog.shot_list(made.id)
    assert sorted(notes(after)) == sorted(numbered(*range(19), *range(100, 110)))
    assert sum(shot.rating for shot in after.shots) == 50
    assert after.version == begun.version + 31


def test_a_change_is_made_to_the_shot_as_it_is(catalog: Catalog) -> None:
    """One hundred people who each move Out by a second from what it is move it by a hundred seconds."""
    made = catalog.add_shot_list("Reel")
    shot = catalog.add_shots(made.id, [new(1)]).shots[0]

    def later(_: int) -> None:
        catalog.edit_shot(made.id, shot.id, lambda now: replace(now, end_s=now.end_s + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(later, range(100)))
    assert catalog.shot_list(made.id).shots[0].end_s == pytest.approx(shot.end_s + 100)


def test_a_change_that_is_refused_leaves_the_shot(catalog: Catalog) -> None:
    """What a change raises is raised, and the list is as it was."""
    made = catalog.add_shot_list("Reel")
    kept = catalog.add_shots(made.id, [new(1)])

    def refuse(_: Shot) -> Shot:
        raise InputRefused("No.")

    with pytest.raises(InputRefused):
        catalog.edit_shot(made.id, kept.shots[0].id, refuse)
    assert catalog.shot_list(made.id) == kept


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.lists(st.integers(0, 30), max_size=4)),
        st.tuples(st.just("order"), st.lists(st.integers(0, 30), max_size=6)),
        st.tuples(st.just("remove"), st.lists(st.integers(0, 30), max_size=3)),
        st.tuples(st.just("restore"), st.just([])),
        st.tuples(st.just("rate"), st.lists(st.integers(0, 30), min_size=1, max_size=1)),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS)
def test_any_run_of_changes_gives_the_list_that_a_plain_one_would_be(
    steps: list[tuple[str, list[int]]],
) -> None:
    """Keeping, ordering, removing, putting back and rating agree with a Python list step by step."""
    with TemporaryDirectory() as folder:
        catalog = Catalog(f"sqlite:///{folder}/catalog.sqlite", clock=Clock())
        made = catalog.add_shot_list("Reel")
        plain: list[str] = []
        ids: dict[str, str] = {}
        bin_: list[tuple[int, Shot]] = []
        for verb, numbers in steps:
            words = numbered(*numbers)
            named = [ids.get(word, word) for word in words]
            match verb:
                case "keep":
                    now = catalog.add_shots(made.id, [new(number) for number in numbers])
                    plain += [word for word in dict.fromkeys(words) if word not in plain]
                case "order":
                    now = catalog.order_shots(made.id, named)
                    first = [word for word in dict.fromkeys(words) if word in plain]
                    plain = first + [word for word in plain if word not in first]
                case "remove":
                    before = catalog.shot_list(made.id).shots
                    bin_ = [(at, shot) for at, shot in enumerate(before) if shot.note in words]
                    now = catalog.remove_shots(made.id, named)
                    plain = [word for word in plain if word not in words]
                case "restore":
                    now = catalog.restore_shots(made.id, bin_)
                    for at, shot in bin_:
                        if shot.note not in plain:
                            plain.insert(at, shot.note)
                case _ if words[0] in plain:
                    now = catalog.edit_shot(made.id, named[0], rated(4))
                case _:
                    continue
            assert notes(now) == plain
            ids = {shot.note: shot.id for shot in now.shots}
        catalog.close()
