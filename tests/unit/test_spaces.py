"""Spaces beside each other: which one is searched, and what becomes of those that are left."""

from __future__ import annotations

import pytest

from core.errors import InputRefused, NotFound
from core.library import Library
from core.model import Filters, Like, Query, Text
from tests.fakes import write_fake_video
from tests.spaces_bench import SpacesBench, bench

__all__ = ["bench"]

WORDS = Query(terms=(Text("a lighthouse"),))


def searched(library: Library) -> str:
    [state] = [state for state in library.spaces() if state.searched]
    return state.space.model


def found(library: Library, query: Query = WORDS) -> set[str]:
    return {moment.video_id for moment in library.search(query).moments}


def test_the_old_space_is_searched_until_the_chosen_one_is_complete(bench: SpacesBench) -> None:
    """After a switch searches stay where all videos are, and follow when the last one has come over."""
    old, new = bench.engine("old", billable=False), bench.engine("new")
    with bench.open(old) as library:
        first, second = bench.add(library, "one", "two")
        assert searched(library) == "old"
    with bench.open(new, bench.engine("old", billable=False)) as library:
        assert library.jobs(active_only=True) == []
        assert searched(library) == "old"
        assert found(library) == {first.id, second.id}
        chosen, other = library.spaces()
        assert (chosen.space.model, chosen.videos, chosen.missing, chosen.chosen) == ("new", 0, 2, True)
        assert (other.space.model, other.videos, other.missing, other.usable) == ("old", 2, 0, True)
        library.reindex(first.id, force=False)
        library.wait(60)
        assert searched(library) == "old"
        assert found(library) == {first.id, second.id}
        library.reindex(second.id, force=False)
        library.wait(60)
        assert searched(library) == "new"
        assert found(library) == {first.id, second.id}


def test_new_videos_alone_do_not_draw_the_searches_over(bench: SpacesBench) -> None:
    """As many new videos in the chosen space as old ones in the other: the old ones stay found."""
    with bench.open(bench.engine("old", billable=False)) as library:
        (first,) = bench.add(library, "one")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        bench.add(library, "two")
        assert searched(library) == "old"
        assert found(library) == {first.id}


def test_a_space_whose_engine_is_gone_is_not_searched(bench: SpacesBench) -> None:
    """Where the fuller space cannot be opened, the chosen one is searched, and the page says why."""
    with bench.open(bench.engine("old")) as library:
        bench.add(library, "one", "two")
    with bench.open(bench.engine("new")) as library:
        assert searched(library) == "new"
        assert found(library) == set()
        _, other = library.spaces()
        assert not other.usable
        assert other.message == "There is no engine for old here. Set its key."


def test_refused_videos_do_not_keep_the_old_space_searched_for_ever(bench: SpacesBench) -> None:
    """The chosen space is complete when all are in it that its engine takes; what may yet come counts."""
    old = bench.engine("old", billable=False)
    old.check = lambda source: None  # type: ignore[method-assign]  # an engine that takes small pictures too
    with bench.open(old) as library:
        small = library.add_file(write_fake_video(bench.folder / "small.mp4", "small", width=90))
        first, second = bench.add(library, "one", "two")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        library.reindex(small.id, force=False)
        library.wait(60)
        assert library.video(small.id).status == "failed"
        assert searched(library) == "old"
        library.reindex(first.id, force=False)
        library.wait(60)
        assert searched(library) == "old"
        library.reindex(second.id, force=False)
        library.wait(60)
        assert searched(library) == "new"
        assert library.spaces()[0].missing == 1


def test_of_two_complete_spaces_the_newer_one_is_searched(bench: SpacesBench) -> None:
    """A third model: until its space is complete, searches stay with the one that was used last."""
    with bench.open(bench.engine("first", billable=False)) as library:
        bench.add(library, "one")
    with bench.open(bench.engine("second"), bench.engine("first", billable=False)) as library:
        library.embed_missing()
        library.wait(60)
    others = bench.engine("first", billable=False), bench.engine("second")
    with bench.open(bench.engine("third"), *others) as library:
        assert searched(library) == "second"


def test_what_is_asked_of_the_engine_goes_to_the_searched_one(bench: SpacesBench) -> None:
    """Modalities, combining, limits, segments and known moments are those of the searched space."""
    old, new = bench.engine("old", billable=False), bench.engine("new")
    old.modalities, old.combines = ("visual",), False
    with bench.open(bench.engine("old", billable=False)) as library:
        [video] = bench.add(library, "one")
    with bench.open(new, old) as library:
        assert library.modalities() == ("visual",)
        assert not library.combines
        segment = library.segments(video.id)[0]
        like = Query(terms=(Like(video.id, segment.start_s, segment.end_s),))
        assert found(library, like) == {video.id}
        assert library.relevance(WORDS, video.id)
        library.warm_up()
        library.reindex(video.id, force=False)
        library.wait(60)
        assert library.modalities() == ("visual", "audio")
        assert library.combines


def test_an_engine_that_costs_money_is_never_asked_by_itself(bench: SpacesBench) -> None:
    """Neither a switch, nor an edit, nor work that a free engine left behind sends a video to it."""
    new = bench.engine("new", words_count=True)
    with bench.open(bench.engine("old", billable=False, words_count=True)) as library:
        first, second = bench.add(library, "one", "two")
        library._parts.worker.stop(timeout_s=10)
        library._parts.catalog.add_job(first.id)
    with bench.open(new, bench.engine("old", billable=False)) as library:
        assert library.jobs(active_only=True) == []
        assert library.video(first.id).status == "ready"
        library.edit(second.id, title="Other words")
        assert library.jobs(active_only=True) == []
        assert new.tasks == 0


def test_going_back_to_a_free_engine_embeds_nothing_again(bench: SpacesBench) -> None:
    """Videos that have rows in its space stay as they are; those that came meanwhile are embedded."""
    with bench.open(bench.engine("old", billable=False)) as library:
        bench.add(library, "one", "two")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        [third] = bench.add(library, "three")
    old = bench.engine("old", billable=False)
    before = old.diary.count("collect")
    with bench.open(old, bench.engine("new")) as library:
        library.wait(60)
        assert old.diary.count("collect") == before + 1
        assert old.diary.count("collect", third.id) == 1
        assert searched(library) == "old"


def test_an_edit_filters_at_once_in_every_space(bench: SpacesBench) -> None:
    """A category that is written while another space is searched filters there, and in the chosen one."""
    with bench.open(bench.engine("old", billable=False)) as library:
        first, second = bench.add(library, "one", "two")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        library.reindex(first.id, force=False)
        library.wait(60)
        library.edit(first.id, category="road")
        in_road = Query(terms=(Text("a lighthouse"),), filters=Filters(categories=("road",)))
        assert searched(library) == "old"
        assert found(library, in_road) == {first.id}
        library.reindex(second.id, force=False)
        library.wait(60)
        assert searched(library) == "new"
        assert found(library, in_road) == {first.id}


def test_a_space_is_dropped_when_nobody_needs_it(bench: SpacesBench) -> None:
    """The chosen and the searched space are refused with a sentence; any other goes, its archive stays."""
    old = bench.engine("old", billable=False)
    with bench.open(old) as library:
        [video] = bench.add(library, "one")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        chosen, other = (state.space for state in library.spaces())
        with pytest.raises(InputRefused, match="New videos go to this space"):
            library.drop_space(chosen.key)
        with pytest.raises(InputRefused, match="Searches go to this space"):
            library.drop_space(other.key)
        library.reindex(video.id, force=False)
        library.wait(60)
        library.drop_space(other.key)
        assert [state.space for state in library.spaces()] == [chosen]
        assert library._parts.index.count(other) == 0
        assert library._parts.index.count(chosen) > 0
        assert list((library.layout.archive / other.key).glob("*.parquet"))
        with pytest.raises(NotFound):
            library.drop_space(other.key)


def test_pictures_of_the_searched_space_stay(bench: SpacesBench) -> None:
    """Storing a video in another space keeps the pictures of the segments that are still searched."""
    with bench.open(bench.engine("old", billable=False)) as library:
        first, _ = bench.add(library, "one", "two")
        pictures = {
            library.layout.thumbnail(first.id, round(s.middle_s * 1000)) for s in library.segments(first.id)
        }
        other = library.layout.thumbnail(first.id, 77)
        other.write_text("of a segment that no space has")
    with bench.open(bench.engine("new"), bench.engine("old", billable=False)) as library:
        library.reindex(first.id, force=False)
        library.wait(60)
        assert all(picture.is_file() for picture in pictures)
        assert not other.exists()


def test_every_space_is_rebuilt_from_the_archive(bench: SpacesBench) -> None:
    """A rebuild writes the rows of all spaces again and asks no engine."""
    with bench.open(bench.engine("old", billable=False)) as library:
        first, _ = bench.add(library, "one", "two")
    new = bench.engine("new")
    with bench.open(new, bench.engine("old", billable=False)) as library:
        library.reindex(first.id, force=False)
        library.wait(60)
        spaces = [state.space for state in library.spaces()]
        before = [library._parts.index.count(space) for space in spaces]
        for space in spaces:
            library._parts.index.drop(space)
        calls = new.diary.lines()
        report = library.rebuild()
        assert (report.videos, report.rows) == (2, sum(before))
        assert [library._parts.index.count(space) for space in spaces] == before
        assert new.diary.lines() == calls


def test_a_paid_archive_that_is_gone_is_not_paid_again(bench: SpacesBench) -> None:
    """A rebuild without a video's file queues nothing where that costs money; the video counts as missing."""
    new = bench.engine("new")
    with bench.open(new) as library:
        first, _ = bench.add(library, "one", "two")
        for file in library.layout.archive.rglob(f"{first.id}*"):
            file.unlink()
        report = library.rebuild()
        assert report.videos == 1
        assert library.jobs(active_only=True) == []
        [state] = library.spaces()
        assert (state.videos, state.missing, state.searched) == (1, 1, True)
        assert new.tasks == 2


def test_calls_for_queries_are_counted_where_they_cost_money(bench: SpacesBench) -> None:
    """The same words count once, in the space that was searched; a free engine counts nothing."""
    with bench.open(bench.engine("old", billable=False)) as library:
        bench.add(library, "one")
        library.search(WORDS)
        assert library.usage().calls_total == 0
    with bench.open(bench.engine("paid")) as library:
        bench.add(library, "two")
        library.embed_missing()
        library.wait(60)
        for _ in range(2):
            library.search(WORDS)
        assert library._parts.catalog.call_totals() == {("fake_paid_8", "text"): 1}
    with bench.open(bench.engine("paid")) as library:
        library.search(WORDS)
        assert library.usage().calls_total == 1
