"""The library page's states, run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def test_an_empty_library_offers_uploads_and_demo_clips(visit: Visit) -> None:
    """Without videos the page shows where to drop them, and the button for demo clips."""
    app = visit("library.py")
    assert "No videos yet" in words(app)
    assert component(app, "uploader")["upload_url"].startswith("/api/upload?token=")
    assert app.button(key="demo")


def test_rows_say_how_each_video_is_doing(visit: Visit, library: StandIn) -> None:
    """Ready, running, failed and cancelled videos have their own words, progress and buttons."""
    ready, running, failed, cancelled, waiting = library.videos()
    library.job(running, "embedding", progress=0.4)
    library.job(failed, "failed", message="Too short: use at least 4 seconds.")
    library.job(cancelled, "cancelled")
    library.job(waiting, "queued")
    rows = {row["title"]: row for row in component(visit("library.py"), "videolist")["rows"]}
    assert rows[ready.title]["state"] == "Ready · 3 segments"
    assert rows[ready.title]["verbs"] == ["edit", "reindex", "delete"]
    assert (rows[running.title]["state"], rows[running.title]["progress"]) == ("Embedding 40%", 0.4)
    assert "cancel" in rows[running.title]["verbs"]
    assert rows[failed.title]["message"] == "Too short: use at least 4 seconds."
    assert "retry" in rows[failed.title]["verbs"]
    assert "retry" in rows[cancelled.title]["verbs"]
    assert rows[waiting.title]["state"] == "Waiting"


def test_a_fitted_copy_is_offered_where_it_helps(visit: Visit, library: StandIn) -> None:
    """Only a failed video that a fitted copy would mend has the button for it."""
    small, short, *_ = library.videos()
    library.marengo()
    library.change(replace(small, media=replace(small.media, height=332)))
    library.change(replace(short, media=replace(short.media, height=360)))
    library.job(library.video(small.id), "failed", message="This video is 332 pixels high.")
    library.job(library.video(short.id), "failed", message="This video is 2.1 seconds long.")
    rows = {row["title"]: row["verbs"] for row in component(visit("library.py"), "videolist")["rows"]}
    assert rows[small.title] == ["fit", "retry", "edit", "delete"]
    assert rows[short.title] == ["retry", "edit", "delete"]


def test_copies_that_fit_can_be_asked_for_where_the_engine_has_limits(visit: Visit, library: StandIn) -> None:
    """The choice is there only for an engine with limits, begins as the settings say, and goes along."""
    app = visit("library.py")
    assert not [box for box in app.checkbox if "fits Twelve Labs" in box.label]
    assert component(app, "uploader")["fit"] is None
    library.marengo()
    library.settings.fit = True
    library.settings.import_roots = (Path("/srv/footage"),)
    app = visit("library.py")
    assert component(app, "uploader")["fit"] is True
    app.checkbox(key="upload_fit").uncheck().run()
    assert component(app, "uploader")["fit"] is False
    app.text_area[0].set_value("https://example.org/a.mp4")
    next(button for button in app.button if button.label == "Add").click().run()
    app.checkbox(key="folder_fit").uncheck()
    next(button for button in app.button if button.label == "Add all videos in it").click().run()
    assert library.fits == [True, False]


def test_a_download_has_a_row_before_it_is_a_video(visit: Visit, library: StandIn) -> None:
    """A web address that is being fetched can be seen and cancelled."""
    app = visit("library.py")
    app.text_area[0].set_value("https://example.org/a.mp4\n\nnonsense\nhttps://example.org/a.mp4")
    next(button for button in app.button if button.label == "Add").click().run()
    assert [call for call in library.calls if call[0] == "add_url"] == [
        ("add_url", "https://example.org/a.mp4"),
        ("add_url", "nonsense"),
    ]
    assert "nonsense: “nonsense” is not a web address." in words(app)
    assert "1 download queued." in words(app)
    rows = component(visit("library.py"), "videolist")["rows"]
    assert (rows[0]["about"], rows[0]["verbs"]) == ("https://example.org/a.mp4", ["cancel"])


def test_a_folder_can_be_named_only_where_that_is_allowed(visit: Visit, library: StandIn) -> None:
    """The tab for a folder on the server is there only with an allowed root."""
    assert "Folder on the server" not in [tab.label for tab in visit("library.py").tabs]
    library.settings.import_roots = (Path("/srv/footage"),)
    app = visit("library.py")
    assert "Folder on the server" in [tab.label for tab in app.tabs]
    next(button for button in app.button if button.label == "Add all videos in it").click().run()
    assert ("add_folder", "/srv/footage") in library.calls


def test_the_list_is_found_by_words_and_state(visit: Visit, library: StandIn) -> None:
    """Words find titles, tags and categories; the choice beside them keeps one state."""
    library.job(library.videos()[1], "failed", message="No.")
    app = visit("library.py")
    app.text_input(key="list_words").set_value("STUDIES").run()
    assert [row["title"] for row in component(app, "videolist")["rows"]] == ["Green study", "Night study"]
    app.button_group(key="list_shown").set_value("failed").run()
    assert [row["title"] for row in component(app, "videolist")["rows"]] == ["Green study"]
    app.text_input(key="list_words").set_value("no such").run()
    assert "No video fits" in words(app)


def test_five_hundred_videos_are_shown_in_pages(visit: Visit, library: StandIn) -> None:
    """A large library is drawn a page at a time, within a second."""
    first = library.videos()[0]
    for number in range(500):
        library.change(replace(first, id=f"{number:032d}", title=f"Clip {number}"))
    app = visit("library.py")
    rows = component(app, "videolist")["rows"]
    assert len(rows) == 40
    assert "505 videos" in words(app)
    began = perf_counter()
    app.run()
    assert perf_counter() - began < 1
