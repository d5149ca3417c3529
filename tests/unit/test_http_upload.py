"""The upload route: streamed to disk, from our own pages only, and nothing left of what fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import CatalogUnavailable, StorageFull
from core.media.subtitles import MAX_BYTES
from tests.web import NO_VIDEO, Browser, SmallLibrary, saying

MIB = 1024 * 1024
FILM = os.urandom(2 * MIB + 5)
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


@pytest.fixture
def subtitles_link(library: SmallLibrary) -> str:
    return f"/api/upload/subtitles?token={library.tokens.upload()}"


async def chunked(content: bytes) -> AsyncIterator[bytes]:
    """Give a body whose length is not announced."""
    for at in range(0, len(content), 65536):
        yield content[at : at + 65536]


def arriving(library: SmallLibrary) -> list[str]:
    return os.listdir(library.layout.incoming)


def test_video_arrives(library: SmallLibrary, browser: Browser, link: str) -> None:
    """An upload is on the disk, byte for byte, when it is answered, and the answer names the video."""
    answer = browser.put(link, content=FILM, headers=saying(name="Urlaub/../Zürich.MP4"))
    sha256 = hashlib.sha256(FILM).hexdigest()
    assert answer.status_code == 201
    assert answer.json() == {"video_id": sha256[:32], "title": "Zürich", "outcome": "added", "message": None}
    assert library.original(sha256[:32]).read_bytes() == FILM
    assert not arriving(library)


def test_known_bytes_are_recognised(browser: Browser, link: str) -> None:
    """The same bytes a second time are known, under whatever name they come."""
    first = browser.put(link, content=FILM, headers=saying(name="a.mp4")).json()
    second = browser.put(link, content=chunked(FILM), headers=saying(name="b.mp4")).json()
    assert (first["outcome"], second["outcome"]) == ("added", "known")
    assert first["video_id"] == second["video_id"]


def test_size_is_bounded_when_announced_and_when_counted(
    library: SmallLibrary, browser: Browser, link: str
) -> None:
    """Too large is 413 with the bound in the sentence, whether the size was announced or not."""
    content = bytes(4 * MIB + 1)
    for answer in (browser.put(link, content=content), browser.put(link, content=chunked(content))):
        assert answer.status_code == 413
        assert "at most 4 MB" in answer.json()["message"]
    assert not arriving(library)
    assert browser.put(link, content=content[1:]).status_code == 201


def test_refused_video_is_removed(library: SmallLibrary, browser: Browser, link: str) -> None:
    """A file that the library refuses is answered with its sentence, and gone."""
    answer = browser.put(link, content=NO_VIDEO, headers=saying(name="a.mp4"))
    assert answer.status_code == 422
    assert answer.json() == {"message": "This is not a video. Choose a video file."}
    assert not arriving(library)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StorageFull("The disk is full."), 507),
        (CatalogUnavailable("The catalog does not answer."), 503),
        (RuntimeError("a secret in /work"), 500),
    ],
)
def test_failures_of_the_library(
    library: SmallLibrary, browser: Browser, link: str, error: Exception, status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A failure of ours is its sentence; a surprise is one sentence without particulars, and in the log."""

    def fail(*_: object) -> None:
        raise error

    library.adopt = fail  # type: ignore[method-assign]  # the failure under test
    answer = browser.put(link, content=FILM)
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert ("a secret in" in caplog.text) is (status == 500)
    assert not arriving(library)


def test_subtitles_wait_for_their_video(
    library: SmallLibrary, browser: Browser, link: str, subtitles_link: str
) -> None:
    """Subtitles are uploaded first, found by the video that names them, and gone afterwards."""
    kept = browser.put(subtitles_link, content=SRT, headers=saying(name="film.SRT"))
    assert kept.status_code == 201
    subtitles_id = kept.json()["subtitles_id"]
    assert len(subtitles_id) >= 32
    refused = browser.put(link, content=NO_VIDEO, headers=saying(name="a.mp4", subtitles_id=subtitles_id))
    assert refused.status_code == 422
    taken = browser.put(link, content=FILM, headers=saying(name="a.mp4", subtitles_id=subtitles_id))
    assert taken.status_code == 201
    assert library.adopted[0][2] == SRT.decode()
    assert not arriving(library)


@pytest.mark.parametrize("subtitles_id", ["a" * 32, "../secret", "secret.key", "*", "", "%2e%2e/x"])
def test_unknown_subtitles_are_refused_before_the_video_is_sent(
    library: SmallLibrary, browser: Browser, link: str, subtitles_id: str
) -> None:
    """An id that no subtitles have is refused at once, and never used as a path."""
    (library.layout.incoming / "film.srt").write_bytes(SRT)
    answer = browser.put(link, content=FILM, headers=saying(name="a.mp4", subtitles_id=subtitles_id))
    assert (answer.status_code, "no longer here" in answer.json()["message"]) == (400, True)
    assert arriving(library) == ["film.srt"]


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"<html>", "a.srt", 400),
        (SRT, "a.exe", 400),
        (bytes(MAX_BYTES + 1), "a.srt", 413),
        (chunked(bytes(MAX_BYTES + 1)), "a.srt", 413),
        (SRT, "", 201),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "a.vtt", 201),
    ],
)
def test_subtitles_are_read_before_they_are_kept(
    library: SmallLibrary, browser: Browser, subtitles_link: str, content: bytes, name: str, status: int
) -> None:
    """What is no subtitle file, or too large, is refused when it arrives, not when it is needed."""
    assert browser.put(subtitles_link, content=content, headers=saying(name=name)).status_code == status
    assert len(arriving(library)) == (1 if status == 201 else 0)
