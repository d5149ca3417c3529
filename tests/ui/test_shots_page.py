"""The page of the shot lists under AppTest: its states, what the browser is given, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.exporting import FORMATS, common_folder
from components.keeping import current_list_id, keep, keep_many
from components.search_address import Place
from components.shot_changes import answers, write_changes
from components.shots.rows import GONE, MISSING, list_data, total_line
from core.model import ClipRun, ShotList
from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]
GOES = "it goes from 00:00:00:00 to 00:00:12:00."


def put(library: StandIn, name: str = "Rough cut", count: int = 3) -> ShotList:
    """Return a list with a shot of each of the first videos: from second 1 to second 3."""
    made = library.create_shot_list(name)
    return library.keep_shots(made.id, [(video.id, 1.0, 3.0) for video in library.videos()[:count]])


def rows(app: AppTest, shots: ShotList) -> list[dict[str, Any]]:
    return list(component(app, f"shots_{shots.id}")["shots"])


def address(app: AppTest) -> dict[str, str]:
    """Return the parameters of the page's address; AppTest gives one alone or in a list."""
    found = dict(app.query_params)
    return {name: str(value[0] if isinstance(value, list) else value) for name, value in found.items()}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the toasts of one test, whose session is an empty dictionary."""
    told: list[str] = []
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "toast", lambda text, **_: told.append(text.replace("\\", "")))
    return told


def menu(app: AppTest) -> AppTest:
    """Return the page with the menu of the lists open."""
    app.session_state["shot_list_menu"] = True
    app.run()
    return app


# -- the states of the page --


def test_without_a_list_the_page_says_what_lists_are_for(library: StandIn, visit: Visit) -> None:
    """Nobody has a list yet: one sentence, the keys, and ways on."""
    app = visit("shots.py")
    assert "No shot lists yet" in words(app)
    assert "key S" in words(app)
    app.button(key="list_first").click().run()
    app.text_input[0].set_value("Teaser")
    next(button for button in app.button if button.label == "Create").click().run()
    assert [one.name for one in library.shot_lists()] == ["Teaser"]
    assert address(app) == {"list": library.shot_lists()[0].id}


def test_an_empty_list_says_how_it_is_filled(library: StandIn, visit: Visit) -> None:
    """An empty list has a sentence and a way to the search, and nothing to export."""
    made = library.create_shot_list("Teaser")
    app = visit("shots.py", list=made.id)
    assert "This list is empty" in words(app)
    assert rows(app, made) == []


def test_an_unknown_list_has_ways_on(library: StandIn, visit: Visit) -> None:
    """A link to a list that is gone says so and names the lists that there are."""
    put(library, "Rough cut")
    app = visit("shots.py", list="nothing")
    assert "This shot list is not here" in words(app)
    links = [element.proto.label for element in app.get("page_link")]
    assert any("Rough cut" in label for label in links)


def test_the_address_names_the_list_that_is_shown(library: StandIn, visit: Visit) -> None:
    """Opened without a list, the page shows the one that was changed last and writes it into the address."""
    put(library, "Old")
    new = put(library, "New")
    app = visit("shots.py")
    assert address(app) == {"list": new.id}
    assert len(rows(app, new)) == 3


def test_another_list_is_one_choice_away(library: StandIn, visit: Visit) -> None:
    """Choosing a list goes to its address, without the moment that was chosen in the one before."""
    old, new = put(library, "Old", 2), put(library, "New")
    app = visit("shots.py", list=new.id, at="x@0.000-1.000")
    app.selectbox(key="shot_list_choice").set_value(old.id).run()
    assert address(app) == {"list": old.id}
    assert len(rows(app, old)) == 2


def test_a_list_is_renamed_and_deleted(library: StandIn, visit: Visit) -> None:
    """A name is written, and deleting asks first and says how much goes."""
    shots = put(library)
    app = menu(visit("shots.py", list=shots.id))
    app.button(key="list_rename").click().run()
    app.text_input[0].set_value("Fine cut")
    next(button for button in app.button if button.label == "Rename").click().run()
    assert library.shot_list(shots.id).name == "Fine cut"
    menu(app).button(key="list_delete").click().run()
    assert "with 3 shots" in words(app)
    assert library.shot_lists() != []
    app.button(key="list_delete_confirmed").click().run()
    assert library.shot_lists() == []
    assert "No shot lists yet" in words(app)


# -- what the browser is given --


def test_a_row_has_the_source_timecode(library: StandIn, visit: Visit) -> None:
    """In and Out are labels of the file: where it starts at ten hours, so does its shot."""
    video = library.videos()[0]
    library.change(replace(video, media=replace(video.media, start_timecode="10:00:00:00")))
    shots = put(library, count=1)
    row = rows(visit("shots.py", list=shots.id), shots)[0]
    assert (row["in"], row["out"], row["length"]) == ("10:00:01:00", "10:00:03:00", "00:00:02:00")
    assert row["cue"]["counting"] == [900000, False]


def test_gone_and_missing_videos_stay_in_the_list(library: StandIn, visit: Visit) -> None:
    """A shot whose video was deleted keeps its title and cannot be played; a missing file is only said."""
    shots = put(library)
    first, second, third = (library.video(shot.video_id) for shot in shots.shots)
    library.delete(first.id)
    library.lose(second.title)
    drawn = rows(visit("shots.py", list=shots.id), shots)
    assert [row["problem"] for row in drawn] == [GONE, MISSING, ""]
    assert [row["title"] for row in drawn] == [first.title, second.title, third.title]
    assert [row["cue"] is None for row in drawn] == [True, False, False]


def test_the_player_begins_with_a_shot_that_is_there(library: StandIn, visit: Visit) -> None:
    """The player suggests the first shot that can be watched, and shows the one that the address names."""
    shots = put(library)
    library.delete(shots.shots[0].video_id)
    app = visit("shots.py", list=shots.id)
    assert component(app, "player_shots")["cue"]["video_id"] == shots.shots[1].video_id
    third = shots.shots[2]
    app = visit("shots.py", list=shots.id, at=str(Place(third.video_id, third.start_s, third.end_s)))
    assert component(app, "player_shots")["cue"]["video_id"] == third.video_id


def test_the_whole_length_is_counted_in_frames(library: StandIn) -> None:
    """Three shots of two seconds are six seconds, in frames of the rate that is asked for."""
    shots = put(library)
    videos = {video.id: video for video in library.videos()}
    assert total_line(shots, videos, None) == "3 shots · 0:06 · 00:00:06:00 at 25 fps"
    at_ntsc = total_line(shots, videos, Fraction(30000, 1001))
    assert at_ntsc == "3 shots · 0:06 · 00:00:06;00 at 29.97 fps"


# -- what the browser asks for --


@pytest.mark.usefixtures("said")
def test_a_change_is_written_once(library: StandIn) -> None:
    """The browser sends a change until it has an answer; whatever comes twice is written once."""
    shots = put(library)
    first = shots.shots[0].id
    note = {"id": "a", "verb": "note", "shot_id": first, "text": "wide"}
    write_changes(library, shots.id, [note])  # type: ignore[arg-type]  # the stand-in has the façade's names
    version = library.shot_list(shots.id).version
    rate = {"id": "b", "verb": "rate", "shot_id": first, "stars": 4}
    write_changes(library, shots.id, [note, rate])  # type: ignore[arg-type]
    now = library.shot_list(shots.id)
    assert (now.shots[0].note, now.shots[0].rating, now.version) == ("wide", 4, version + 1)
    assert answers() == {"a": "", "b": ""}


@pytest.mark.parametrize(
    ("end", "text", "sentence"),
    [
        ("in", "soon", "“soon” is no timecode at 25 frames a second. Write it as 00:00:01:00."),
        ("in", "00:00:01:30", "“00:00:01:30” is no timecode at 25 frames a second. Write it as 00:00:01:00."),
        ("out", "00:59:00:00", f"The file has no frame at 00:59:00:00: {GOES}"),
        ("in", "00:00:12:00", f"The file has no frame at 00:00:12:00: {GOES}"),
        ("out", "00:00:00:10", "Out lies before In. Give a later Out or an earlier In."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("said")
def test_what_is_no_time_of_the_file_is_refused(library: StandIn, end: str, text: str, sentence: str) -> None:
    """A typed In or Out that means nothing changes nothing and is answered with a sentence."""
    video = min(library.videos(), key=lambda one: one.duration_s)
    made = library.create_shot_list("Cut")
    shots = library.keep_shots(made.id, [(video.id, 1.0, 3.0)])
    change = {"id": "a", "verb": "times", "shot_id": shots.shots[0].id, "end": end, "text": text}
    write_changes(library, shots.id, [change])  # type: ignore[arg-type]
    assert answers() == {"a": sentence}
    assert library.shot_list(shots.id) == shots


@pytest.mark.usefixtures("said")
def test_every_change_has_an_answer(library: StandIn) -> None:
    """What makes no sense is answered as well, so that the browser does not send it for ever."""
    shots = put(library)
    sent = [{"id": "a", "verb": "rate", "shot_id": "gone", "stars": 3}, {"id": "b", "verb": "order"}]
    write_changes(library, shots.id, sent)  # type: ignore[arg-type]
    assert answers()["a"] == "This shot is no longer in the list."
    assert answers()["b"].startswith("Something went wrong here.")
    assert library.shot_list(shots.id) == shots


@pytest.mark.usefixtures("said")
def test_removed_shots_come_back_where_they_were(library: StandIn) -> None:
    """Undoing a removal puts every shot back into its place, with its note."""
    shots = put(library)
    library.change_shot(shots.id, shots.shots[1].id, note="keep me")
    before = library.shot_list(shots.id).shots
    gone = [before[0].id, before[1].id]
    write_changes(library, shots.id, [{"id": "a", "verb": "remove", "shot_ids": gone}])  # type: ignore[arg-type]
    assert [shot.id for shot in library.shot_list(shots.id).shots] == [before[2].id]
    write_changes(library, shots.id, [{"id": "b", "verb": "restore", "of": "a"}])  # type: ignore[arg-type]
    assert library.shot_list(shots.id).shots == before


def test_list_data_tells_the_answers(library: StandIn) -> None:
    """What was refused goes back to the browser by the id of the change."""
    shots = put(library)
    videos = {video.id: video for video in library.videos()}
    data = list_data(library, shots, videos, missing=(), answers={"a": "No."}, rate=None)  # type: ignore[arg-type]
    assert (data["answers"], data["version"]) == ({"a": "No."}, shots.version)


# -- keeping --


def test_the_first_moment_makes_a_list(library: StandIn, said: list[str]) -> None:
    """Where there is no list, keeping makes one, and says where the moment went."""
    keep(library, Place(library.videos()[0].id, 1.0, 3.0), "Red study")  # type: ignore[arg-type]
    assert said == ["Kept “Red study” in “Shot list”: 1 shot now."]
    assert [len(one.shots) for one in library.shot_lists()] == [1]


def test_the_same_moment_is_kept_once(library: StandIn, said: list[str]) -> None:
    """Keeping a moment again says that it is there already."""
    place = Place(library.videos()[0].id, 1.0, 3.0)
    keep(library, place)  # type: ignore[arg-type]
    keep(library, place)  # type: ignore[arg-type]
    assert said[-1] == "This moment is in “Shot list” already."
    assert len(library.shot_lists()[0].shots) == 1


def test_moments_go_where_this_person_works(library: StandIn, said: list[str]) -> None:
    """The list that this person kept in last stays theirs, whatever others change meanwhile."""
    mine = put(library, "Mine", 1)
    keep(library, Place(library.videos()[2].id, 5.0, 6.0))  # type: ignore[arg-type]
    others = put(library, "Others", 1)
    assert library.shot_lists()[0].id == others.id
    assert current_list_id(library) == mine.id  # type: ignore[arg-type]
    library.delete_shot_list(mine.id)
    places = [Place(video.id, 5.0, 6.0) for video in library.videos()[:2]]
    keep_many(library, places)  # type: ignore[arg-type]
    assert said[-1] == "Kept 2 moments in “Others”: 3 shots now."


def test_what_cannot_be_kept_is_said(library: StandIn, said: list[str]) -> None:
    """A moment of a deleted video is refused with the library's sentence."""
    put(library)
    keep(library, Place("nothing", 1.0, 3.0))  # type: ignore[arg-type]
    assert said == ["This video is no longer in the library. Choose another one."]


# -- exporting and cutting --


def opened(app: AppTest) -> AppTest:
    """Return the page with its export panel open."""
    app.session_state["export_panel"] = True
    app.run()
    assert not app.exception
    return app


def test_every_format_can_be_chosen(library: StandIn, visit: Visit) -> None:
    """Each format has a line on what it is for and a file to download."""
    shots = put(library)
    app = opened(visit("shots.py", list=shots.id))
    for kind, (name, meant) in FORMATS.items():
        app.selectbox(key="export_format").set_value(kind).run()
        assert meant in words(app)
        assert any(name in element.proto.label for element in app.get("download_button"))


def test_remarks_are_shown(library: StandIn, visit: Visit) -> None:
    """What a file cannot hold is said before it is downloaded."""
    shots = put(library)
    library.delete(shots.shots[0].video_id)
    app = opened(visit("shots.py", list=shots.id))
    assert "A shot was left out, because the library no longer has the video" in words(app)


def test_what_cannot_be_exported_is_said(library: StandIn, visit: Visit) -> None:
    """A folder that is none is refused in the panel, and there is nothing to download."""
    shots = put(library)
    app = opened(visit("shots.py", list=shots.id))
    app.text_input(key="export_relink_to").set_value("Footage").run()
    assert "Give the folder of the editing machine in full" in words(app)
    assert app.get("download_button") == []


def test_the_beginning_of_the_paths_is_suggested(library: StandIn, visit: Visit) -> None:
    """With a folder there, the folder that holds the media here is proposed as what it stands for."""
    shots = put(library)
    app = opened(visit("shots.py", list=shots.id))
    assert not any(one.key == "export_relink_from" for one in app.text_input)
    app.text_input(key="export_relink_to").set_value("/Volumes/Footage").run()
    assert app.text_input(key="export_relink_from").value == str(library.folder)


def test_own_copies_have_no_folder(library: StandIn) -> None:
    """What the library copied for itself lies in no folder that an editing machine could know."""
    video = library.videos()[0]
    own = replace(video, paths=(str(library.settings.data_dir / "sources" / "a.mp4"),))
    assert common_folder(library, {video.id: own}) == ""  # type: ignore[arg-type]
    there = replace(video, paths=("/films/2026/a.mp4",))
    other = replace(video, paths=("/films/2025/b.mp4",))
    assert common_folder(library, {"1": there, "2": other}) == "/films"  # type: ignore[arg-type]


def test_choices_survive_the_closed_panel(library: StandIn, visit: Visit) -> None:
    """Handles that were chosen are still chosen when the panel is opened again."""
    shots = put(library)
    app = opened(visit("shots.py", list=shots.id))
    app.number_input(key="export_handles").set_value(12).run()
    app.session_state["export_panel"] = False
    app.run()
    assert not any(one.key == "export_handles" for one in app.number_input)
    assert opened(app).number_input(key="export_handles").value == 12


def test_clips_are_cut_with_the_handles(library: StandIn, visit: Visit) -> None:
    """One press begins the run; the page then shows how far it is and lets it be stopped."""
    shots = put(library)
    app = opened(visit("shots.py", list=shots.id))
    app.number_input(key="export_handles").set_value(8).run()
    app.button(key="cut_clips").click().run()
    assert ("start_clips", shots.id, 8) in library.calls
    assert "Cutting clips: 0 of 3 done" in words(app)
    assert app.button(key="cut_clips").disabled
    app.button(key="clips_cancel").click().run()
    assert "Cutting clips was stopped." in words(app)


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        (ClipRun("r", "", "Cut.zip", "running", 0.4, 1, 3), "1 of 3 done"),
        (ClipRun("r", "", "Cut.zip", "ready", 1, 3, 3, None, 4_000_000), "Download 3 clips (4.0 MB)"),
        (ClipRun("r", "", "Cut.zip", "ready", 1, 2, 3, "1 shot was left out.", 9), "1 shot was left out."),
        (ClipRun("r", "", "Cut.zip", "failed", 0, 0, 3, "The disk is full."), "The disk is full."),
        (ClipRun("r", "", "Cut.zip", "cancelled", 0, 0, 3), "was stopped"),
    ],
)
def test_a_run_is_seen_by_whoever_opens_the_list(
    library: StandIn, visit: Visit, run: ClipRun, shown: str
) -> None:
    """A run belongs to the library: a session that did not begin it sees how it stands."""
    shots = put(library)
    library.runs = [replace(run, list_id=shots.id)]
    app = visit("shots.py", list=shots.id)
    assert shown in words(app)
    if run.state != "running":
        app.button(key="clips_away").click().run()
        assert shown not in words(app)
