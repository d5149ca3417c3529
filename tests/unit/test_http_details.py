"""What is said about an upload: read strictly, cleaned, and refused in a sentence."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.web import Browser, SmallLibrary, saying

MIB = 1024 * 1024
FILM = b"a film"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nA red car\n"


@pytest.fixture
def library(tmp_path: Path) -> SmallLibrary:
    return SmallLibrary(tmp_path, max_upload_bytes=4 * MIB)


@pytest.fixture
def browser(library: SmallLibrary) -> Browser:
    return Browser(library)


@pytest.fixture
def link(library: SmallLibrary) -> str:
    return f"/api/upload?token={library.tokens.upload()}"


def test_details_reach_the_library(library: SmallLibrary, browser: Browser, link: str) -> None:
    """What the person wrote arrives, with what acts on a display taken out and doubles removed."""
    header = saying(
        name="<img onerror=alert(1)>.mp4",
        title=" Der\u202e Film\n1 ",
        category="Straße",
        tags=["rot", " rot ", "", "<b>"],
        recorded_at="2024-05-01T10:30:00+02:00",
    )
    assert browser.put(link, content=FILM, headers=header).status_code == 201
    ((name, details, _),) = library.adopted
    assert name == "<img onerror=alert(1)>.mp4"
    assert (details.title, details.category, details.tags) == ("Der Film 1", "Straße", ("rot", "<b>"))
    assert details.recorded_at == datetime(2024, 5, 1, 8, 30, tzinfo=UTC)


def test_files_that_were_dropped_together_say_so(library: SmallLibrary, browser: Browser, link: str) -> None:
    """The batch of a drop reaches the library; without one there is none."""
    batch = "0123456789abcdef" * 2
    assert browser.put(link, content=FILM, headers=saying(name="a.mp4", batch=batch)).status_code == 201
    assert browser.put(link, content=FILM, headers=saying(name="b.mp4")).status_code == 201
    assert [details.batch_id for _, details, _ in library.adopted] == [batch, None]


@pytest.mark.parametrize("batch", ["", "0123", "0" * 33, "0" * 32 + "\n", "G" * 32, "../" * 10 + "aa", 7])
def test_a_batch_is_named_by_32_hex_digits(
    library: SmallLibrary, browser: Browser, link: str, batch: object
) -> None:
    """Anything else is refused before the file is taken in."""
    assert browser.put(link, content=FILM, headers=saying(name="a.mp4", batch=batch)).status_code == 400
    assert library.adopted == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T10:30", datetime(2024, 5, 1, 10, 30, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_dates(
    library: SmallLibrary, browser: Browser, link: str, written: str | None, meant: datetime | None
) -> None:
    """A bare date is its midnight, a time without a zone is UTC, and no date is none."""
    browser.put(link, content=FILM, headers=saying(name="a.mp4", recorded_at=written))
    assert library.adopted[0][1].recorded_at == meant


@pytest.mark.parametrize("fit", [True, False, None])
def test_the_wish_for_a_fitted_copy_arrives(
    library: SmallLibrary, browser: Browser, link: str, fit: bool | None
) -> None:
    """Whether a copy that fits is wanted goes along; nothing said stays nothing, for the settings to say."""
    browser.put(link, content=FILM, headers=saying(name="a.mp4", fit=fit))
    assert library.adopted[0][1].fit is fit


def test_details_may_be_left_out(library: SmallLibrary, browser: Browser, link: str) -> None:
    """An upload without details is taken, without a name."""
    assert browser.put(link, content=FILM).json()["title"] == "Untitled"


@pytest.mark.parametrize(
    "header",
    [
        "not json",
        "%ff%fe",
        "[]",
        "%7B%22name%22%3A%20%22a%22%2C%20%22path%22%3A%20%22%2Fetc%22%7D",
        quote(json.dumps({"name": "a" * 1025})),
        quote(json.dumps({"title": "a" * 301})),
        quote(json.dumps({"category": "a" * 101})),
        quote(json.dumps({"tags": ["a"] * 51})),
        quote(json.dumps({"tags": ["a" * 61]})),
        quote(json.dumps({"tags": "a"})),
        quote(json.dumps({"recorded_at": "yesterday"})),
        quote(json.dumps({"recorded_at": 1714550400})),
        quote(json.dumps({"recorded_at": "0001-01-01T00:00:00+14:00"})),
        quote(json.dumps({"recorded_at": "9999-12-31"})),
        quote(json.dumps({"fit": "perhaps"})),
        quote(json.dumps({"fit": 1})),
        quote('{"name": "\\ud800"}'),
        quote(json.dumps({"title": "a" * 20_000})),
    ],
)
def test_bad_details_are_refused(library: SmallLibrary, browser: Browser, link: str, header: str) -> None:
    """Details that are no JSON, too long or of another kind are refused in a sentence."""
    answer = browser.put(link, content=FILM, headers={"X-Cuepoint-Details": header})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The details of this upload are")
    assert not library.adopted
    assert not os.listdir(library.layout.incoming)
