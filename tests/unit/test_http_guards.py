"""Who may upload: our own pages, with a token of this installation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.tokens import Tokens, load_secret
from tests.web import ORIGIN, Browser, SmallLibrary

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


@pytest.fixture
def subtitles_link(library: SmallLibrary) -> str:
    return f"/api/upload/subtitles?token={library.tokens.upload()}"


def arriving(library: SmallLibrary) -> list[str]:
    return os.listdir(library.layout.incoming)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none", "Origin": "http://evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://evil.example:8501"},
        {"Origin": "http://cuepoint.example"},
        {"Origin": "http://cuepoint.example:8502"},
        {"Origin": "http://cuepoint.example:8501@evil.example"},
        {"Origin": "http://cuepoint.example:8501.evil.example"},
        {"Origin": "null"},
        {"Origin": "file://"},
        {"Origin": "http://[broken"},
        {"Origin": ""},
    ],
)
@pytest.mark.parametrize("route", ["link", "subtitles_link"])
def test_other_sites_are_refused(
    library: SmallLibrary,
    browser: Browser,
    request: pytest.FixtureRequest,
    route: str,
    headers: dict[str, str],
) -> None:
    """A page of another site cannot upload, even with a token that it got hold of."""
    answer = browser.put(request.getfixturevalue(route), content=SRT, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.json()["message"]
    assert not library.adopted
    assert not arriving(library)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
        {"Origin": ORIGIN.upper().replace("HTTP", "http")},
        {"Origin": "https://films.example", "Host": "films.example"},
        {"Origin": "https://films.example", "Host": "films.example:443"},
        {"Origin": "http://[::1]:8501", "Host": "[::1]:8501"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_our_own_pages_are_let_in(browser: Browser, link: str, headers: dict[str, str]) -> None:
    """Our own pages, behind a proxy with TLS too, and programs without an origin may upload."""
    assert browser.put(link, content=FILM, headers=headers).status_code == 201


def expired(library: SmallLibrary) -> str:
    secret = load_secret(library.layout.secret)
    return Tokens(secret, library.settings.link_lifetime_s, clock=lambda: 10**9).upload()


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (lambda library: "", 403),
        (lambda library: "forged", 403),
        (lambda library: library.tokens.upload()[:-2] + "AA", 403),
        (lambda library: library.tokens.media("play", "ab" * 16), 403),
        (lambda library: library.tokens.control(), 403),
        (lambda library: Tokens(b"x" * 32, 3600).upload(), 403),
        (expired, 410),
    ],
)
@pytest.mark.parametrize("route", ["/api/upload", "/api/upload/subtitles"])
def test_tokens_are_checked(
    library: SmallLibrary, browser: Browser, route: str, token: object, status: int
) -> None:
    """Without a valid token of this purpose nothing is taken, and the answer says to reload."""
    answer = browser.put(f"{route}?token={token(library)}", content=SRT)
    assert answer.status_code == status
    assert "Reload the page" in answer.json()["message"]
    assert not arriving(library)


def test_only_put_is_allowed(browser: Browser, link: str) -> None:
    """No form can be made to upload: it would send POST."""
    assert [browser.request(method, link).status_code for method in ("GET", "POST", "DELETE")] == [405] * 3
