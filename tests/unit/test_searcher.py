"""Search from terms to ranked moments, on small libraries whose vectors are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.model import (
    Clip,
    Filters,
    Image,
    Like,
    Query,
    Segment,
    Term,
    Text,
)
from tests.search_bench import Library, axis, make_library, row, unit
from tests.search_scenes import BIRD, LOUD, RED, WORDS, ask, noisy, scene_library, video


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return scene_library(tmp_path)


# -- terms --


def test_words_find_their_scene(library: Library) -> None:
    """A word ranks the scene that shows it first, strong, as one moment of its neighbouring segments."""
    results = library.searcher.search(ask("red", fold=False))
    best = results.moments[0]
    assert (best.video_id, best.start_s, best.end_s, best.band) == (video(3), 0, 20, "strong")
    assert results.good_match
    assert [moment.band for moment in results.moments if moment.video_id != video(3)] == ["weak"] * 19
    assert results.searched_segments == 200
    assert results.took_ms > 0


def test_a_sound_is_found_where_it_is_heard(library: Library) -> None:
    """A term that only has a vector for sound contributes nothing to pictures."""
    best = library.searcher.search(ask("loud")).moments[0]
    assert best.video_id == video(4)
    assert best.band == "strong"
    assert best.hits[0].modality == "audio"
    assert {part.modality for part in best.hits[0].parts} == {"audio"}


def test_seen_and_heard_add_up(library: Library) -> None:
    """Parts of all modalities are added; each is there to be explained and they make the score."""
    best = library.searcher.search(ask("bird", Text("red", 0.5))).moments[0]
    assert best.video_id == video(5)
    for hit in best.hits:
        assert {(part.term, part.modality) for part in hit.parts} == {
            (0, "visual"),
            (0, "audio"),
            (1, "visual"),
        }
        assert hit.score == pytest.approx(sum(part.value for part in hit.parts))
        part = hit.parts[0]
        stored = {e.segment: e.vector for e in library.rows[video(5)] if e.modality == "visual"}
        assert part.cosine == pytest.approx(float(stored[hit.segment] @ axis(BIRD)), abs=1e-6)
        mean = np.mean(
            [e.vector @ axis(BIRD) for rows in library.rows.values() for e in rows if e.modality == "visual"]
        )
        assert part.background == pytest.approx(float(mean), abs=1e-6)
    alone = library.searcher.search(ask("bird", modalities=("visual",))).moments[0]
    assert {part.modality for part in alone.hits[0].parts} == {"visual"}


def test_a_word_that_is_nowhere_has_no_good_match(library: Library) -> None:
    """A word that is understood but shown nowhere says so, and its moments are only there on request."""
    results = library.searcher.search(ask("zebra"))
    assert not results.good_match
    assert results.moments
    assert {moment.band for moment in results.moments} == {"weak"}
    assert results.terms[0].matches_nothing
    assert results.terms[0].message == "Nothing in the library stands out for these words."


def test_words_that_are_not_understood_are_left_out(library: Library) -> None:
    """A term of which nothing is understood is reported, and leaves the ranking as it is without it."""
    with_it = library.searcher.search(ask("red", Text("xylophone", 3.0)))
    without = library.searcher.search(ask("red"))
    assert with_it.moments == without.moments
    report = with_it.terms[1]
    assert (report.share, report.matches_nothing, report.ignored) == (0.0, True, ("xylophone",))
    assert "xylophone" in str(report.message)
    assert with_it.terms[0].share == 1.0


def test_partly_understood_words_are_reported(library: Library) -> None:
    """Understood and ignored words are told apart."""
    report = library.searcher.search(ask("red xylophone")).terms[0]
    assert (report.understood, report.ignored, report.matches_nothing) == (("red",), ("xylophone",), False)


@pytest.mark.parametrize("terms", [("xylophone",), ("xylophone", Text("red", -1))])
def test_nothing_understood_is_an_empty_answer(library: Library, terms: tuple[Term | str, ...]) -> None:
    """Where no positive term remains there are no moments, and the reports say why."""
    results = library.searcher.search(ask(*terms))
    assert results.moments == ()
    assert not results.good_match
    assert results.terms[0].matches_nothing
    assert results.terms[0].message
    assert library.searcher.relevance(ask(*terms), video(3)) == []


def test_a_term_for_another_modality_says_so(library: Library) -> None:
    """Words about sound are left out of a search in pictures, with a reason."""
    results = library.searcher.search(ask("loud", modalities=("visual",)))
    assert results.moments == ()
    assert "what you hear" in str(results.terms[0].message)


def test_the_engine_is_asked_once(library: Library, tmp_path: Path) -> None:
    """Repeating a query, moving its weights and changing its filters embed nothing again."""
    sample = tmp_path / "sample.mp4"
    sample.write_text("bird")
    library.engine.clips["bird"] = WORDS["bird"]
    terms = (Text("red"), Clip(sample, 0, 4), Image(sample))
    library.searcher.search(Query(terms))
    assert len(library.engine.calls) == 3
    library.searcher.search(Query(terms, filters=Filters(categories=("odd",))))
    library.searcher.search(Query((Text("  red "), replace(terms[1], weight=0.1), terms[2]), limit=3))
    library.searcher.relevance(Query(terms), video(3))
    assert len(library.engine.calls) == 3
    library.searcher.search(Query((Clip(sample, 0, 3),)))
    sample.write_text("red")
    library.engine.clips["red"] = WORDS["red"]
    library.searcher.search(Query((Clip(sample, 0, 4),)))
    assert len(library.engine.calls) == 5


def test_new_words_of_the_library_are_asked_for_again(library: Library) -> None:
    """An engine that says its words changed meaning is asked again."""
    library.searcher.search(ask("red"))
    library.engine.text_version = "a title was edited"
    library.searcher.search(ask("red"))
    assert library.engine.calls == ["red", "red"]


def test_a_term_of_weight_zero_costs_no_call(library: Library, tmp_path: Path) -> None:
    """Terms that take no part are not embedded, and may even be gone; what is known of them is told."""
    terms = (Text("red"), Text("night", 0), Clip(tmp_path / "gone.mp4", weight=0), Like(video(99), 0, 4, 0))
    results = library.searcher.search(Query(terms))
    assert library.engine.calls == ["red"]
    assert [report.share for report in results.terms] == [1, 0, 0, 0]
    assert not any(report.matches_nothing for report in results.terms)
    library.searcher.search(ask("night xylophone"))
    report = library.searcher.search(ask("red", Text("night xylophone", 0))).terms[1]
    assert (report.understood, report.ignored) == (("night",), ("xylophone",))


# -- examples from the library --


def test_like_uses_stored_vectors(library: Library) -> None:
    """A known segment finds itself and its kind without a call."""
    results = library.searcher.search(ask(Like(video(5), 8, 12)))
    assert library.engine.calls == []
    assert results.moments[0].video_id == video(5)
    assert results.moments[0].band == "strong"


def test_like_a_stretch_takes_the_mean_of_its_rows(library: Library) -> None:
    """A stretch with other boundaries stands for the rows that it overlaps, by how much it does."""
    part = library.searcher.hits(ask(Like(video(5), 2, 7), modalities=("visual",), limit=1))[0].parts[0]
    rows = [e.vector for e in library.rows[video(5)] if e.modality == "visual"]
    mean = unit(2 * rows[0].astype(float) + 3 * rows[1].astype(float))
    assert part.cosine == pytest.approx(max(float(mean @ v) for v in rows), abs=1e-6)


def test_like_a_segment_takes_the_row_with_its_boundaries(library: Library) -> None:
    """Where windows overlap, the row of the very segment stands for it, not a mean with its neighbours."""
    windows = [row(noisy(place, place), 2 * place, 2 * place + 4) for place in (RED, 1, BIRD)]
    library.add(video(40), windows)
    (hit,) = library.searcher.hits(ask(Like(video(40), 2, 6), limit=1))
    assert (hit.video_id, hit.segment) == (video(40), Segment(2, 6))
    assert hit.parts[0].cosine == pytest.approx(1.0, abs=1e-6)


def test_only_proportions_of_weights_count(library: Library) -> None:
    """The same proportions give the very same answer, and a weight next to nothing is none."""

    def moments(first: float, second: float) -> object:
        return library.searcher.search(ask(Text("red", first), Text("night", second))).moments

    assert moments(0.1, 0.2) == moments(0.3, 0.6) == moments(3, 6) == moments(1e-5, 2e-5)
    assert moments(1, 1e-15) == moments(1, -1e-15) == library.searcher.search(ask("red")).moments


def test_less_like_this(library: Library) -> None:
    """A negative example pushes down what it resembles, and brings nothing unrelated up."""
    plain = library.searcher.search(ask("red", "night"))
    assert {moment.video_id for moment in plain.moments[:2]} == {video(3), video(6)}
    less = library.searcher.search(ask("red", "night", Like(video(6), 0, 4, -1)))
    assert less.moments[0].video_id == video(3)
    pushed = next(moment for moment in less.moments if moment.video_id == video(6))
    before = next(moment for moment in plain.moments if moment.video_id == video(6))
    assert pushed.score < before.score / 2
    assert pushed.band == "weak"
    assert less.terms[2].share == 0
    # What it does not resemble keeps its score.
    seen = library.searcher.hits(ask("red", Like(video(6), 0, 4, -1), modalities=("visual",), limit=1))
    alone = library.searcher.hits(ask("red", modalities=("visual",), limit=1))
    assert seen[0].score == alone[0].score


def test_a_penalty_may_come_from_another_modality(library: Library) -> None:
    """What is seen can be left out of what is looked for by sound."""
    library.add(video(30), [row(noisy(RED, 1), 0, 4), row(noisy(LOUD, 2), 0, 4, "audio")])
    both = {m.video_id for m in library.searcher.search(ask("loud", fold=False)).moments if m.band != "weak"}
    assert both == {video(4), video(30)}
    quiet = library.searcher.search(ask("loud", Text("red", -1)))
    assert {moment.video_id for moment in quiet.moments if moment.band != "weak"} == {video(4)}


# -- real vectors --


def test_real_vectors(tmp_path: Path) -> None:
    """On real Marengo vectors a text finds its clips, an unrelated one says that nothing matches."""
    path = Path(__file__).resolve().parents[3] / "shared" / "twelvelabs" / "marengo27_vectors.json"
    if not path.is_file():
        pytest.skip("the real vectors (../shared/twelvelabs) are not beside the project")
    entries = json.loads(path.read_text())
    vectors = {f"{e['label']} {e.get('start_offset_sec')}": unit(e["embedding"]) for e in entries}
    texts = [unit(e["embedding"]) for e in entries if e["kind"] == "text"]
    made = make_library(tmp_path, 1024, {"bird": {"visual": texts[0]}, "city": {"visual": texts[1]}})
    clips = [e for e in entries if e["kind"] == "video"]
    for name in ("robin-bird.mp4", "island.mp4"):
        rows = [
            row(vectors[f"{name} {e['start_offset_sec']}"], e["start_offset_sec"], e["end_offset_sec"])
            for e in clips
            if e["label"] == name
        ]
        made.add(video(len(rows)), rows)
    results = made.searcher.search(ask("bird"))
    assert results.moments[0].video_id == video(4)
    assert results.moments[0].score > 0 > results.moments[-1].score
    like = made.searcher.search(ask(Like(video(2), 0, 6)))
    assert [(m.video_id, m.band) for m in like.moments[:1]] == [(video(2), "strong")]
    assert {m.band for m in like.moments if m.video_id == video(4)} == {"weak"}
