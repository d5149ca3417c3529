"""The media route: any part of a file for whoever holds a link, and nothing for anybody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.tokens import Tokens, load_secret
from tests.web import Browser, SmallLibrary

MIB = 1024 * 1024
VIDEO = "ab" * 16
CONTENT = os.urandom(300_000)


@pytest.fixture
def library(tmp_path: Path) -> SmallLibrary:
    library = SmallLibrary(tmp_path)
    library.original(VIDEO).write_bytes(CONTENT)
    return library


@pytest.fixture
def client(library: SmallLibrary) -> Browser:
    return Browser(library)


@pytest.fixture
def link(library: SmallLibrary) -> str:
    return f"/api/media/{library.tokens.media('play', VIDEO)}"


def test_whole_file(client: Browser, link: str) -> None:
    """Without a range the whole file comes, and says that ranges are possible."""
    answer = client.get(link)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 300_000),
        ("bytes=1000-1999", 1000, 2000),
        ("bytes=299999-", 299_999, 300_000),
        ("bytes=-500", 299_500, 300_000),
        ("bytes=250000-999999", 250_000, 300_000),
    ],
)
def test_ranges(client: Browser, link: str, wanted: str, start: int, end: int) -> None:
    """A range gives exactly those bytes, which is how a player seeks."""
    answer = client.get(link, headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.content == CONTENT[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/300000"
    assert answer.headers["content-type"] == "video/mp4"


def test_range_beyond_the_end(client: Browser, link: str) -> None:
    """A range after the end is answered with the real size."""
    answer = client.get(link, headers={"Range": "bytes=300000-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */300000")


def test_head(client: Browser, link: str) -> None:
    """HEAD tells size and type without the file."""
    answer = client.request("HEAD", link)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "300000"


def test_validators(client: Browser, link: str) -> None:
    """What a browser has is not sent again, and a range of a file that changed gives the whole file."""
    etag = client.get(link).headers["etag"]
    again = client.get(link, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    kept = client.get(link, headers={"Range": "bytes=0-9", "If-Range": etag})
    changed = client.get(link, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (kept.status_code, changed.status_code) == (206, 200)


def test_headers_keep_the_answer_harmless(client: Browser, library: SmallLibrary, link: str) -> None:
    """No other site may embed the file, no browser may take it for a page, and only browsers keep it."""
    headers = client.get(link).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"].startswith(f"private, max-age={library.settings.link_lifetime_s}")
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("name", "beginning", "kind"),
    [
        ("a.mp4", b"", "video/mp4"),
        ("a.M4V", b"", "video/mp4"),
        ("a.mov", b"", "video/quicktime"),
        ("a.webm", b"", "video/webm"),
        ("a.mkv", b"", "video/x-matroska"),
        ("a", b"\0\0\0\x20ftypisom", "video/mp4"),
        ("a.bin", b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        ("a", b"\x1a\x45\xdf\xa3", "video/webm"),
        ("a.html", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("a.svg", b"<svg onload='alert(1)'>", "application/octet-stream"),
        ("a.js", b"alert(1)", "application/octet-stream"),
    ],
)
def test_content_types(
    library: SmallLibrary, client: Browser, link: str, name: str, beginning: bytes, kind: str
) -> None:
    """The type is a video's by suffix or by beginning; nothing is ever served as a page or script."""
    path = library.layout.originals / name
    path.write_bytes(beginning + CONTENT)
    library.original = lambda video_id: path  # type: ignore[method-assign]  # the file under test
    assert client.get(link, headers={"Range": "bytes=0-9"}).headers["content-type"] == kind


def test_pictures_and_subtitles(library: SmallLibrary, client: Browser) -> None:
    """Posters, thumbnails and subtitles come by the same route with their own types."""
    layout, tokens = library.layout, library.tokens
    files = {
        tokens.media("poster", VIDEO): (layout.poster(VIDEO), "image/jpeg"),
        tokens.media("thumb", VIDEO, 4000): (layout.thumbnail(VIDEO, 4000), "image/jpeg"),
        tokens.media("subtitles", VIDEO): (layout.subtitles(VIDEO), "text/vtt; charset=utf-8"),
    }
    for token, (path, kind) in files.items():
        assert client.get(f"/api/media/{token}").status_code == 404
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"WEBVTT")
        answer = client.get(f"/api/media/{token}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def foreign(library: SmallLibrary) -> str:
    return Tokens(b"x" * 32, 3600).media("play", VIDEO)


def expired(library: SmallLibrary) -> str:
    secret = load_secret(library.layout.secret)
    return Tokens(secret, library.settings.link_lifetime_s, clock=lambda: 10**9).media("play", VIDEO)


@pytest.mark.parametrize(
    ("token", "status", "sentence"),
    [
        (lambda library: "nonsense", 403, "not one of ours"),
        (lambda library: library.tokens.media("play", VIDEO)[:-1] + "_", 403, "not one of ours"),
        (lambda library: library.tokens.upload(), 403, "not one of ours"),
        (foreign, 403, "not one of ours"),
        (expired, 410, "has expired"),
        (lambda library: library.tokens.media("play", "cd" * 16), 404, "no longer there"),
        (lambda library: library.tokens.media("play", "unknown"), 404, "no such video"),
        (lambda library: library.tokens.media("poster", VIDEO), 404, "not been made yet"),
        (lambda library: "..%2f..%2fsecret.key", 404, ""),
        (lambda library: "%2e%2e", 403, "not one of ours"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_refusals(
    library: SmallLibrary, client: Browser, method: str, token: object, status: int, sentence: str
) -> None:
    """A forged or foreign link is 403, an old one 410, a file that is gone 404, each in a sentence."""
    answer = client.request(method, f"/api/media/{token(library)}")
    assert answer.status_code == status
    if method == "GET" and sentence:
        assert sentence in answer.json()["message"]
        assert str(library.layout.root) not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_token_never_reaches_the_log(
    library: SmallLibrary, client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """What opens a file is not written down, refused or not."""
    caplog.set_level("DEBUG", logger="core")
    tokens = [library.tokens.media("play", VIDEO), foreign(library), expired(library)]
    for token in tokens:
        client.get(f"/api/media/{token}")
    assert "http.refused" in caplog.text
    assert not any(token in caplog.text for token in tokens)


def test_other_methods_are_refused(client: Browser, link: str) -> None:
    """A media link can only be read."""
    assert {client.request(method, link).status_code for method in ("POST", "PUT", "DELETE")} == {405}
