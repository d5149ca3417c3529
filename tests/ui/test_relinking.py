"""Moved files on the library page, run without a browser."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def marked(app: AppTest) -> list[str]:
    return [row["title"] for row in component(app, "videolist")["rows"] if row["missing"]]


def test_nothing_is_said_while_every_file_is_there(visit: Visit, library: StandIn) -> None:
    """A library that lacks nothing shows neither line nor mark nor panel."""
    app = visit("library.py")
    assert "where it was" not in words(app)
    assert "Find moved files" not in words(app)
    assert marked(app) == []


def test_missing_files_are_marked_and_counted(visit: Visit, library: StandIn) -> None:
    """Rows of missing files carry the mark, one line says how many there are, and words find them."""
    library.lose("Red study", "Blue study")
    app = visit("library.py")
    assert "2 videos' files are not where they were." in words(app).replace("&#x27;", "'")
    assert marked(app) == ["Red study", "Blue study"]
    app.text_input(key="list_words").set_value("file missing").run()
    assert [row["title"] for row in component(app, "videolist")["rows"]] == ["Red study", "Blue study"]
    library.lose("Red study")
    assert "1 video's file is not where it was." in words(visit("library.py")).replace("&#x27;", "'")


def test_a_folder_is_asked_for_and_looked_through(visit: Visit, library: StandIn) -> None:
    """The button opens a form with a folder that is likely; sending it begins the look."""
    library.lose("Red study", "Blue study")
    app = visit("library.py")
    press(app, "Find them")
    assert app.text_input(key="relinking_folder").value == "/films/2026"
    press(app, "/films".replace("/", "\\/"))
    assert app.text_input(key="relinking_folder").value == "/films"
    press(app, "Look there")
    assert ("start_relinking", "/films") in library.calls
    assert "0 of 2 found" in words(app)
    assert "Stop" in labels(app)
    assert "Look there" not in labels(app)


def test_a_path_that_is_refused_says_why(visit: Visit, library: StandIn) -> None:
    """A folder that cannot be looked through is answered beside the form, which stays."""
    library.lose("Red study")
    app = visit("library.py")
    press(app, "Find it")
    app.text_input(key="relinking_folder").set_value("films")
    press(app, "Look there")
    assert "Write the whole path of the folder" in words(app)
    assert app.text_input(key="relinking_folder").value == "films"


def test_a_look_shows_how_far_it_is_to_everybody(visit: Visit, library: StandIn) -> None:
    """Whoever opens the page while a look runs sees what it reads, and may stop it."""
    red, _ = library.lose("Red study", "Blue study")
    library.start_relinking("/films")
    library.find(red, seen=12_340, reading="Blue study", progress=0.4)
    app = visit("library.py")
    assert "Comparing a file with “Blue study” · 1 of 2 found" in words(app)
    assert marked(app) == ["Blue study"]
    library.find(red, reading=None)
    app.run()
    assert "12,340 files passed · 1 of 2 found" in words(app)
    press(app, "Stop")
    assert ("cancel_relinking",) in library.calls
    assert "1 of 2 found and linked again. Then it was stopped." in words(app)


def test_how_it_ended_is_told_and_the_marks_are_gone(visit: Visit, library: StandIn) -> None:
    """Found, still missing and refused are told apart; the list has no mark for what was found."""
    red, blue, _ = library.lose("Red study", "Blue study", "Sand study")
    library.start_relinking("/films")
    app = visit("library.py")
    library.find(red, state="done", other=(blue,), unread=2, untried=7)
    app.run()
    said = words(app)
    assert "1 of 3 found and linked again." in said
    assert "with other content, so it was not linked: Blue study." in said
    assert "Still missing: Sand study." in said
    assert "2 places in it could not be read." in said
    assert "7 more files of the same size were not compared." in said
    assert marked(app) == ["Blue study", "Sand study"]
    press(app, "Close")
    assert "Find moved files" not in words(app)
    assert "2 videos" in words(app)


def test_when_all_is_found_the_panel_closes_for_good(visit: Visit, library: StandIn) -> None:
    """After the last file was found there is nothing to ask, and closing leaves no line."""
    (red,) = library.lose("Red study")
    library.start_relinking("/films")
    app = visit("library.py")
    library.find(red, state="done")
    app.run()
    assert "1 of 1 found and linked again." in words(app)
    assert "Look there" not in labels(app)
    press(app, "Close")
    assert "Find moved files" not in words(app)
    assert "where it was" not in words(app)
    assert "Find moved files" not in words(visit("library.py")), "nobody else is told of an old look"


def test_finding_nothing_and_failing_have_their_own_words(visit: Visit, library: StandIn) -> None:
    """A folder without them names itself; one that is not there says its reason; both may be tried again."""
    library.lose("Red study")
    library.start_relinking("/films")
    app = visit("library.py")
    library.find(state="done")
    app.run()
    assert "None of the missing files is below /films." in words(app)
    assert "Look there" in labels(app)
    library.find(state="failed", message="There is no such folder. Check the path.")
    app.run()
    assert "There is no such folder. Check the path." in words(app)


def test_what_failed_without_its_file_is_tried_again(visit: Visit, library: StandIn) -> None:
    """Jobs of found videos that ended badly are started again by one button."""
    (red,) = library.lose("Red study")
    job = library.job(library.video(red), "failed", message="The file is no longer where it was.")
    library.start_relinking("/films")
    app = visit("library.py")
    library.find(red, state="done")
    app.run()
    press(app, "Try 1 failed video again")
    assert ("queued", job.id) in library.calls
    assert "Try 1 failed video again" not in labels(app)


def test_where_no_folder_may_be_named_it_says_what_to_do(visit: Visit, library: StandIn) -> None:
    """Without the right to name folders the panel names the setting, and has no form."""
    library.lose("Red study")
    library.no_folders = "Set CUEPOINT_IMPORT_ROOTS to the folders that may be looked through."
    app = visit("library.py")
    press(app, "Find it")
    assert "Set CUEPOINT_IMPORT_ROOTS" in words(app)
    assert "Look there" not in labels(app)


def test_names_of_people_are_shown_as_text(visit: Visit, library: StandIn) -> None:
    """A title full of markup stays text wherever the panel names it."""
    (red,) = library.lose("Red study")
    library.edit(red, title="**bold** <b>x</b>")
    library.start_relinking("/films")
    library.find(reading="**bold** <b>x</b>")
    app = visit("library.py")
    assert "<b>" not in "".join(element.value for element in app.markdown)
    assert any("\\*\\*bold\\*\\*" in element.proto.text for element in app.get("progress"))
