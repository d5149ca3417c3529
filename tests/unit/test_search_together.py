"""Words and examples that the engine makes one vector of, and the calls that queries cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.embedding.port import QueryVectors
from core.embedding.query_cache import QueryCache
from core.errors import EngineUnavailable, QueryRefused
from core.model import Clip, Image, Like, Query, Results, Term, Text
from core.search.searcher import Searcher
from tests.search_bench import Library, axis, make_library, row, unit


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Videos along four axes and one between the first two, which only the combination finds best."""
    library = make_library(tmp_path, texts={"dog": {"visual": axis(0)}, "night": {"visual": axis(3)}})
    library.engine.combines = True
    for place in range(4):
        library.add(f"v{place}", [row(axis(place, rest=0.05), 0, 4)])
    library.add("both", [row(unit(axis(0) + axis(1)), 0, 4)])
    return library


@pytest.fixture
def beach(tmp_path: Path, library: Library) -> Path:
    path = tmp_path / "beach.mp4"
    path.write_text("beach")
    library.engine.clips["beach"] = {"visual": axis(1)}
    return path


def ask(library: Library, *terms: Term, together: bool = True) -> Results:
    return library.searcher.search(Query(terms=terms, together=together))


def test_words_and_sample_become_one_vector(library: Library, beach: Path) -> None:
    """The engine is asked once for all of them, and what it makes of them is searched."""
    results = ask(library, Text("dog"), Clip(beach))
    assert library.engine.calls == ["dog + beach.mp4"]
    assert results.moments[0].video_id == "both"
    [part] = results.moments[0].hits[0].parts
    assert part.cosine == pytest.approx(1.0, abs=1e-6)


def test_moving_the_weights_costs_no_call_and_changes_nothing(library: Library, beach: Path) -> None:
    """Weights only say what takes part; another order of sliders is the same question."""
    first = ask(library, Text("dog", 0.5), Clip(beach, weight=0.5))
    other = ask(library, Text("dog", 0.9), Clip(beach, weight=0.1))
    assert [m.score for m in first.moments] == [m.score for m in other.moments]
    assert len(library.engine.calls) == 1


def test_every_part_makes_another_question(library: Library, beach: Path) -> None:
    """Other words, another stretch, a picture in place of a clip: each is embedded once and kept."""
    questions = [
        (Text("dog"), Clip(beach)),
        (Text("night"), Clip(beach)),
        (Text("dog"), Clip(beach, 0, 2)),
        (Text("dog"), Image(beach)),
        (Text("dog"), Text("night"), Clip(beach)),
    ]
    for terms in questions * 2:
        ask(library, *terms)
    assert len(library.engine.calls) == len(questions)


def test_the_report_speaks_of_every_term(library: Library, beach: Path) -> None:
    """Each term that took part has an even share and the one outcome; one of weight 0 has none."""
    results = ask(library, Text("dog", 0.9), Clip(beach, weight=0.3), Text("night", 0.0))
    assert [report.term for report in results.terms][:2] == [Text("dog", 0.9), Clip(beach, weight=0.3)]
    assert [report.share for report in results.terms] == [0.5, 0.5, 0.0]
    assert not any(report.matches_nothing for report in results.terms)


def test_moments_and_exclusions_stay_terms_of_their_own(library: Library, beach: Path) -> None:
    """A known moment is weighed against the combination by all its weight, what is left out takes away."""
    terms = (Text("dog", 0.3), Clip(beach, weight=0.3), Like("v2", 0, 4, weight=0.6), Text("night", -0.6))
    results = ask(library, *terms)
    assert [report.share for report in results.terms] == [0.25, 0.25, 0.5, 0.0]
    assert {part.term for moment in results.moments for hit in moment.hits for part in hit.parts} == {0, 2, 3}
    assert library.engine.calls == ["night", "dog + beach.mp4"]


def test_a_single_part_is_asked_for_as_ever(library: Library) -> None:
    """Where there is nothing to combine, the vector of the words alone is used, also the cached one."""
    alone = ask(library, Text("dog"), together=False)
    combined = ask(library, Text("dog"))
    assert [m.score for m in combined.moments] == [m.score for m in alone.moments]
    assert library.engine.calls == ["dog"]


def test_an_engine_that_cannot_combine_says_so(library: Library, beach: Path) -> None:
    """The query is refused before anything is embedded, with what to do."""
    library.engine.combines = False
    with pytest.raises(QueryRefused, match="weigh them instead"):
        ask(library, Text("dog"), Clip(beach))
    assert library.engine.calls == []


# -- calls -----------------------------------------------------------------------------------------


def test_only_what_the_cache_did_not_have_is_counted(library: Library, beach: Path, tmp_path: Path) -> None:
    """A call is counted by kind when it was answered; known words, moments and failures count nothing."""
    counted: list[str] = []
    searcher = Searcher(library.index, library.engine, QueryCache(tmp_path / "own"), called=counted.append)

    def search(*terms: Term, together: bool = False) -> None:
        searcher.search(Query(terms=terms, together=together))

    search(Text("dog"))
    search(Text("dog"), Like("v1", 0, 4))
    search(Text("dog"), Clip(beach))
    search(Text("dog"), Image(beach))
    search(Text("dog"), Clip(beach), together=True)
    assert counted == ["text", "clip", "image", "together"]

    def fails(text: str) -> QueryVectors:
        raise EngineUnavailable("Not now.")

    library.engine.embed_text = fails  # type: ignore[method-assign]  # this engine is the test's own
    with pytest.raises(EngineUnavailable):
        search(Text("night"))
    assert counted == ["text", "clip", "image", "together"]


def test_another_choice_of_modalities_is_another_question(library: Library) -> None:
    """What was embedded for pictures alone is asked again once sounds are searched as well."""
    ask(library, Text("dog"), together=False)
    ask(library, Text("dog"), together=False)
    assert library.engine.calls == ["dog"]
    library.engine.modalities = ("visual", "audio", "fused")
    ask(library, Text("dog"), together=False)
    assert library.engine.calls == ["dog", "dog"]
