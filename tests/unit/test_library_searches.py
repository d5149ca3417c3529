"""Recent and saved searches through the façade: what is kept, refused, and outlives the videos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.searches import free_name
from core.config import Settings
from core.errors import InputRefused, NotFound
from core.library import Library, open_library
from core.library_searches import LONGEST_ADDRESS, LONGEST_LABEL, LONGEST_NAME
from tests.made_media import Film, made

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with open_library(settings) as opened:
        yield opened


def test_searches_outlive_the_process(settings: Settings) -> None:
    """What was searched and saved is there when the library is opened again, also after a rebuild."""
    with open_library(settings) as library:
        library.remember_search("q=red", "red")
        library.save_search("q=blue", "Blue", label="blue things")
        library.rebuild()
    with open_library(settings) as library:
        assert [(one.address, one.label) for one in library.recent_searches()] == [("q=red", "red")]
        assert [(one.name, one.label) for one in library.saved_searches()] == [("Blue", "blue things")]


def test_a_deleted_video_leaves_searches_alone(library: Library, tmp_path: Path) -> None:
    """A search that names a video stays as it is when the video goes."""
    film = tmp_path / "film.mp4"
    film.write_bytes(made(Film(seconds=4.0, rate=10), ".mp4"))
    added = library.add_file(film)
    library.wait(60)
    address = urlencode({"q": "red", "like": f"{added.id}@0.000-4.000"})
    library.save_search(address, "Mine")
    library.delete(added.id)
    assert [one.address for one in library.saved_searches()] == [address]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?q=red",
        "https://elsewhere.example/?q=red",
        "//elsewhere.example?q=red",
        "q=red#part",
        "q=red&",
        "=red",
        "q=a b",
        "q=é",
        "q=red\n",
        "javascript:alert(1)",
        "q=" + "a" * LONGEST_ADDRESS,
    ],
)
def test_only_the_query_string_of_a_search_is_kept(library: Library, address: str) -> None:
    """What is not a plain query string of bounded length is refused with a sentence, and nothing is kept."""
    for keep in (library.remember_search, library.save_search):
        with pytest.raises(InputRefused, match=r"\.$"):
            keep(address, "label")
    assert library.recent_searches() == library.saved_searches() == []


def test_names_are_one_line_and_never_empty(library: Library) -> None:
    """A name is cleaned like a title; without one nothing is saved or renamed."""
    saved = library.save_search("q=red", "  My \n\u202e search " + "x" * 500)
    assert saved.name is not None
    assert saved.name.startswith("My search x")
    assert len(saved.name) <= LONGEST_NAME
    for name in ("", " \n", "\u202e"):
        with pytest.raises(InputRefused, match="no name"):
            library.save_search("q=blue", name)
        with pytest.raises(InputRefused, match="no name"):
            library.rename_search(saved.id, name)
    assert library.saved_searches() == [saved]


def test_labels_are_one_bounded_line(library: Library) -> None:
    """What is shown of a search is one line of bounded length, and never nothing."""
    assert len(library.remember_search("q=red", "red \n" * 500).label) <= LONGEST_LABEL
    assert library.remember_search("q=blue", "\x00").label == "Search"


def test_a_subject_keeps_one_recent_search(library: Library) -> None:
    """Addresses of one subject replace each other; without a subject each address is its own."""
    for words in range(0, 101, 10):
        library.remember_search(f"q=red&words={words}", "red", subject="red")
    library.remember_search("q=blue", "blue")
    library.remember_search("q=blue&n=40", "blue")
    assert [one.address for one in library.recent_searches()] == [
        "q=blue&n=40",
        "q=blue",
        "q=red&words=100",
    ]
    assert len(library.recent_searches(limit=1)) == 1
    assert library.recent_searches(limit=-1) == []


def test_renaming_and_forgetting_go_by_id(library: Library) -> None:
    """A search is renamed and removed by its id; an unknown one is said to be gone."""
    saved = library.save_search("q=red", "Red")
    assert library.rename_search(saved.id, "Crimson").name == "Crimson"
    library.forget_search(saved.id)
    assert library.saved_searches() == []
    with pytest.raises(NotFound):
        library.rename_search(saved.id, "Red")


@given(name=st.text(min_size=1), taken=st.lists(st.text(min_size=1), max_size=5))
def test_a_free_name_is_free(name: str, taken: list[str]) -> None:
    """A name is kept where it is free, and otherwise becomes one that is like none of those taken."""
    crowded = [*taken, name, f"{name} (2)"]
    found = free_name(name, crowded)
    assert found.startswith(name)
    assert found.casefold() not in {one.casefold() for one in crowded}
    others = [one for one in taken if one.casefold() != name.casefold()]
    assert free_name(name, others) == name
