"""Signed tokens: stable, bounded in time, worthless when changed."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError, TokenExpired, TokenRefused
from core.tokens import CONTROL_LIFETIME_S, MediaClaim, Tokens, load_secret

SECRET = b"s" * 32
START = 1_800_000_000 - 1_800_000_000 % 3600
VIDEO = "ab" * 16


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(SECRET, 3600, clock=clock)


@pytest.mark.parametrize(
    "claim",
    [
        MediaClaim("play", VIDEO),
        MediaClaim("poster", VIDEO),
        MediaClaim("subtitles", VIDEO),
        MediaClaim("thumb", VIDEO, 0),
        MediaClaim("thumb", VIDEO, 12_345),
    ],
)
def test_claim_comes_back(tokens: Tokens, claim: MediaClaim) -> None:
    """A media token says exactly what it was made for."""
    assert tokens.read_media(tokens.media(claim.kind, claim.video_id, claim.at_ms)) == claim


def test_token_is_stable_within_a_window(tokens: Tokens, clock: Clock) -> None:
    """The same claim gives the same token for a whole window, and another one in the next."""
    first = tokens.media("play", VIDEO)
    clock.now = START + 3599.9
    assert tokens.media("play", VIDEO) == first
    clock.now = START + 3600
    assert tokens.media("play", VIDEO) != first


@pytest.mark.parametrize("made_after_s", [0, 1, 1800, 3599])
def test_lifetime_is_at_least_one_and_at_most_two_windows(
    tokens: Tokens, clock: Clock, made_after_s: int
) -> None:
    """A token works for its lifetime whenever it was made, and never for more than twice as long."""
    clock.now = START + made_after_s
    token = tokens.media("play", VIDEO)
    clock.now = START + made_after_s + 3600
    assert tokens.read_media(token).video_id == VIDEO
    clock.now = START + made_after_s + 2 * 3600
    with pytest.raises(TokenExpired):
        tokens.read_media(token)


def test_token_from_the_future_is_not_accepted(tokens: Tokens, clock: Clock) -> None:
    """A token stamped later than now is expired: the clock was wrong when it was made."""
    token = tokens.upload()
    clock.now = START - 3600
    with pytest.raises(TokenExpired):
        tokens.check_upload(token)


def test_control_token_lives_for_minutes(tokens: Tokens, clock: Clock) -> None:
    """A control token does not outlive its own short lifetime, whatever the links' is."""
    token = tokens.control()
    tokens.check_control(token)
    clock.now = START + 2 * CONTROL_LIFETIME_S
    with pytest.raises(TokenExpired):
        tokens.check_control(token)


def test_purposes_do_not_mix(tokens: Tokens) -> None:
    """A token opens nothing but what it was made for."""
    made = {
        "media": tokens.media("play", VIDEO),
        "upload": tokens.upload(),
        "control": tokens.control(),
        "clips": tokens.clips(VIDEO),
    }
    read = {
        "media": tokens.read_media,
        "upload": tokens.check_upload,
        "control": tokens.check_control,
        "clips": tokens.read_clips,
    }
    assert tokens.read_clips(made["clips"]) == VIDEO
    for purpose, token in made.items():
        for other, check in read.items():
            if other != purpose:
                with pytest.raises(TokenRefused) as refused:
                    check(token)
                assert not isinstance(refused.value, TokenExpired)


def test_another_installation_is_foreign(tokens: Tokens) -> None:
    """A token signed with another secret is refused, not called expired."""
    foreign = Tokens(b"t" * 32, 3600, clock=Clock(START - 10**6)).media("play", VIDEO)
    with pytest.raises(TokenRefused) as refused:
        tokens.read_media(foreign)
    assert not isinstance(refused.value, TokenExpired)


def test_every_changed_character_is_refused(tokens: Tokens) -> None:
    """Changing any one character, the last of the signature included, makes a token worthless."""
    token = tokens.media("thumb", VIDEO, 1000)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ é"
    for at, was in enumerate(token):
        for now in alphabet:
            if now != was:
                with pytest.raises(TokenRefused):
                    tokens.read_media(token[:at] + now + token[at + 1 :])


@given(at=st.integers(0, 200), added=st.text(min_size=1, max_size=3))
def test_inserted_characters_are_refused(at: int, added: str) -> None:
    """Text put anywhere into a token, such as characters that base64 skips, makes it worthless."""
    tokens = Tokens(SECRET, 3600, clock=Clock())
    token = tokens.media("play", VIDEO)
    at = min(at, len(token))
    with pytest.raises(TokenRefused):
        tokens.read_media(token[:at] + added + token[at:])


@given(st.text(max_size=300))
def test_any_text_is_refused_with_our_error(text: str) -> None:
    """Whatever somebody types in place of a token is refused, never a crash."""
    with pytest.raises(TokenRefused):
        Tokens(SECRET, 3600, clock=Clock()).read_media(text)


def test_tokens_fit_into_an_address(tokens: Tokens) -> None:
    """A token needs no escaping in a URL and shows no path."""
    token = tokens.media("thumb", VIDEO, 123_456_789)
    assert all(character.isascii() and (character.isalnum() or character in "-_.") for character in token)
    assert len(token) < 200


def test_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """The secret is made the first time, stays the same, and only its owner may read it."""
    path = tmp_path / "new" / "secret.key"
    secret = load_secret(path)
    assert len(secret) >= 32
    assert load_secret(path) == secret
    assert list(path.parent.iterdir()) == [path]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        load_secret(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secret_that_several_make_at_once_is_one(tmp_path: Path) -> None:
    """Processes that start together end up with the same secret."""
    path = tmp_path / "secret.key"
    found: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(load_secret(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "zz", "abcd", "é"])
def test_damaged_secret_says_what_to_do(tmp_path: Path, content: str) -> None:
    """A secret file that holds something else is an error that names the file and the way out."""
    path = tmp_path / "secret.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"secret\.key.*Delete it"):
        load_secret(path)


def test_a_kept_token_is_the_one_that_would_be_made() -> None:
    """Asked again within a window, and after it, a claim gets the token that a fresh signer makes."""
    now = [1_700_000_000.0]
    keeping = Tokens(b"s" * 32, 60, clock=lambda: now[0])
    for later_s in (0, 1, 59, 61, 600):
        now[0] = 1_700_000_000.0 + later_s
        for claim in (("poster", "v1"), ("thumb", "v1", 0), ("thumb", "v1", 40), ("thumb", "v2", 40)):
            fresh = Tokens(b"s" * 32, 60, clock=lambda: now[0])
            assert keeping.media(*claim) == fresh.media(*claim)  # type: ignore[arg-type]  # rows of a table
