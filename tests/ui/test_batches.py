"""The batches on the library page, run without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.formats import minutes, money, time_left
from components.money import cost_sentence, missing_sentence
from core.library_model import Estimate
from tests.ui.conftest import component, words
from tests.ui.stand_in import StandIn

Visit = Callable[..., AppTest]


def test_a_held_batch_says_what_it_costs_before_it_starts(visit: Visit, library: StandIn) -> None:
    """A held batch shows videos, minutes, what is free and the price; only its button lets it go on."""
    library.marengo()
    batch = library.batch("Upload", jobs=15, ready=0, held=True)
    app = visit("library.py")
    assert "12 videos, 84.5 minutes to embed; 3 already known (free); about 3.50 USD" in words(app)
    assert "Nothing has been sent to the engine yet." in words(app)
    assert not [call for call in library.calls if call[0] == "release"]
    app.button(key=f"start_{batch.id}").click().run()
    assert ("release", batch.id) in library.calls
    assert "84.5 minutes" not in words(app)


def test_downloads_that_go_on_are_said_beside_the_price(visit: Visit, library: StandIn) -> None:
    """While addresses are still being fetched, the page says that the figures are not whole."""
    library.cost = Estimate(1, 2.0, 0, 0.0, unread=2)
    library.batch("3 web addresses", jobs=3, ready=0, held=True)
    text = words(visit("library.py"))
    assert "1 video, 2 minutes to embed; 2 not downloaded yet" in text
    assert "Downloads are still going on" in text


def test_a_running_batch_shows_how_far_it_is(visit: Visit, library: StandIn) -> None:
    """Counts and the remaining time are in words, and a batch that stands says why."""
    library.batch("Rushes", jobs=15, ready=6, failed=1, remaining_s=400, waiting="Twelve Labs asks to wait.")
    app = visit("library.py")
    text = words(app)
    assert "6 of 15 videos ready · 1 failed · about 7 minutes left" in text
    assert "Twelve Labs asks to wait." in text


def test_pausing_and_resuming(visit: Visit, library: StandIn) -> None:
    """The button of a batch pauses it, and the same place then resumes it."""
    batch = library.batch("Rushes")
    app = visit("library.py")
    app.button(key=f"pause_{batch.id}").click().run()
    app.button(key=f"resume_{batch.id}").click().run()
    assert [call[0] for call in library.calls] == ["pause", "resume"]
    assert app.button(key=f"pause_{batch.id}")


def test_cancelling_a_batch_asks_first(visit: Visit, library: StandIn) -> None:
    """Nothing is cancelled before the question has been answered."""
    batch = library.batch("Rushes", jobs=4, ready=1)
    app = visit("library.py")
    app.button(key=f"cancel_{batch.id}").click().run()
    assert "Cancel the 3 unfinished videos of **Rushes**?" in words(app)
    assert library.calls == []
    app.button(key="cancel_dropped").click().run()
    assert library.calls == []
    app.button(key=f"cancel_{batch.id}").click().run()
    app.button(key="cancel_confirmed").click().run()
    assert library.calls == [("cancel_batch", batch.id)]
    assert "Rushes" not in words(app)


@pytest.mark.parametrize(
    ("engine", "held"), [("preview", False), ("marengo", True)], ids=["free", "costs money"]
)
def test_addresses_are_one_batch(visit: Visit, library: StandIn, engine: str, held: bool) -> None:
    """Addresses that are sent together are one batch, which waits for a person where it costs money."""
    if engine == "marengo":
        library.marengo()
    app = visit("library.py")
    app.text_area[0].set_value("https://example.org/a.mp4\nhttps://example.org/b.mp4")
    next(button for button in app.button if button.label == "Add").click().run()
    assert ("open_batch", "2 web addresses", held) in library.calls
    assert len(set(library.joined)) == 1
    assert library.joined[0] is not None
    assert "2 web addresses" in words(app)


def test_a_refused_key_is_said_once_and_can_be_tried_again(visit: Visit, library: StandIn) -> None:
    """A queue that stands is said on library and status, with a button that lets it try again."""
    library.marengo()
    library.problem = "Twelve Labs does not know this key."
    for page in ("library.py", "status.py"):
        assert words(visit(page)).count("Twelve Labs does not know this key.") == 1
    app = visit("library.py")
    app.button(key="unblock").click().run()
    assert library.calls[-1] == ("unblock",)
    assert "does not know this key" not in words(app)


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        (Estimate(1, 1.0, 0, 0.0), "1 video, 1 minute to embed"),
        (Estimate(0, 0.0, 3, 9.0), "3 videos are already known: this costs nothing."),
        (Estimate(0, 0.0, 0, 0.0), "There is nothing to embed."),
        (
            Estimate(2, 0.01, 0, 0.0, refused=1, price=0.001, currency="EUR"),
            "2 videos, less than 0.1 minutes to embed; 1 cannot be embedded; less than 0.01 EUR",
        ),
    ],
)
def test_costs_are_said_plainly(estimate: Estimate, sentence: str) -> None:
    """Each kind of estimate has its sentence, and what costs something is never shown as nothing."""
    assert cost_sentence(estimate) == sentence


def test_what_a_space_lacks_is_said_plainly() -> None:
    """The sentence about an unfinished space has both counts, and a free engine says so."""
    estimate = Estimate(9, 84.5, 2, 3.0, price=3.5, currency="USD")
    assert missing_sentence("Marengo 3.5", 3, 9, estimate, free=False) == (
        "Marengo 3.5 has 3 of 12 videos. Embedding the other 9: 84.5 minutes, 2 already known (free), "
        "about 3.50 USD."
    )
    assert missing_sentence("the preview engine", 0, 1, Estimate(1, 2.0, 0, 0.0), free=True) == (
        "The preview engine has 0 of 1 video. Embedding it: 2 minutes, at no cost."
    )


def test_times_and_sums_in_words() -> None:
    """Remaining time is never more exact than anybody knows, and sums have two places."""
    assert [time_left(s) for s in (3, 30, 70, 5000, 9000)] == [
        "a few seconds left",
        "less than a minute left",
        "about 1 minute left",
        "about 83 minutes left",
        "about 2 hours left",
    ]
    assert (minutes(1234.56), minutes(0), money(1234.5, "USD")) == (
        "1,234.6 minutes",
        "0 minutes",
        "about 1,234.50 USD",
    )


def test_embedding_again_asks_where_it_costs_money(visit: Visit, library: StandIn) -> None:
    """Indexing a video again names minutes and price first, and only where they are charged."""
    video = library.videos()[0]
    library.marengo()
    app = visit("library.py")
    app.session_state["video_dialog"] = ("reindex", video.id)
    app.run()
    assert "Embed **Red study** again? 0.2 minutes, about 0.10 USD will be charged." in words(app)
    assert library.calls == []
    app.button(key="reindex_confirmed").click().run()
    assert library.calls == [("reindex", video.id)]


def test_the_search_page_leads_to_a_held_batch(visit: Visit, library: StandIn) -> None:
    """While videos wait for a person, the search page says so instead of promising them soon."""
    library.job(library.videos()[0], "queued")
    library.batch("Upload", held=True)
    text = words(visit(q="red"))
    assert "waiting to be embedded until you have seen what it costs" in text
    assert "still being indexed" not in text


def test_a_held_video_is_waiting_not_uploading(visit: Visit, library: StandIn) -> None:
    """A video whose batch is held has come as far as uploading, and is shown as what it does: waiting."""
    batch = library.batch("Upload", held=True)
    library.job(library.videos()[0], "uploading", batch_id=batch.id)
    row = component(visit("library.py"), "videolist")["rows"][0]
    assert (row["state"], row["progress"]) == ("Waiting", None)
    library.release(batch.id)
    assert component(visit("library.py"), "videolist")["rows"][0]["state"] == "Uploading"
