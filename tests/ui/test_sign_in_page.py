"""What stands in front of the pages where a sign-in is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import host, identity
from components.identity import OpenDoor, ShutDoor, SignInDoor
from tests.ui.stand_in import StandIn

SHELL = str(Path(__file__).resolve().parents[2] / "pages" / "shell.py")
GOOD = {
    "redirect_uri": "https://find.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 2,
    "client_id": "cuepoint",
    "client_secret": "s",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.fixture(autouse=True)
def _open_again() -> Iterator[None]:
    yield
    host.set_door(OpenDoor())


def configure(monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any]) -> None:
    monkeypatch.setattr(identity, "get_secrets_auth_section", lambda: auth)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        *[({name: ""}, name) for name in GOOD],
        ({"cookie_secret": "short"}, "cookie_secret"),
        ({"redirect_uri": "https://find.example.org/"}, "redirect_uri"),
        ({"redirect_uri": "/oauth2callback"}, "redirect_uri"),
        ({"server_metadata_url": "https://id.example.org/"}, "server_metadata_url"),
    ],
)
def test_half_a_configuration_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], named: str
) -> None:
    """Where a part of the configuration is missing or unusable, the door is shut and names that part."""
    configure(monkeypatch, GOOD)
    assert SignInDoor(()).problem is None
    configure(monkeypatch, GOOD | changed)
    door = SignInDoor(())
    assert named in (door.problem or "")
    assert (door.closed, door.admits({})) == (True, False)


def test_unreadable_configuration_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Streamlit says about its secrets, the door stays shut."""

    def broken() -> dict[str, Any]:
        raise RuntimeError("not TOML")

    monkeypatch.setattr(identity, "get_secrets_auth_section", broken)
    assert "cannot be read" in (SignInDoor(()).problem or "")


@pytest.mark.parametrize(
    ("issuer", "metadata", "ours"),
    [
        ("https://accounts.google.com", "https://accounts.google.com/.well-known/openid-configuration", True),
        ("https://a.auth0.com/", "https://a.auth0.com/.well-known/openid-configuration", True),
        ("https://k.example/realms/a", "https://k.example/realms/a/.well-known/openid-configuration", True),
        ("https://k.example/realms/b", "https://k.example/realms/a/.well-known/openid-configuration", False),
        ("", "", False),
        (
            "https://login.microsoftonline.com/0-1/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration",
            True,
        ),
        (
            "https://evil.example/0-1/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration",
            False,
        ),
    ],
)
def test_issuers(issuer: str, metadata: str, ours: bool) -> None:
    """An identity counts only where the configured provider issued it."""
    assert identity._is_issuer(issuer, metadata) is ours


def test_shut_door_shows_its_sentence_only(library: StandIn) -> None:
    """Where nobody can sign in there is one sentence: no navigation, no button, nothing of the library."""
    host.set_door(ShutDoor("Closed"))
    page = AppTest.from_file(SHELL, default_timeout=20).run()
    assert [one.value for one in page.error] == ["Closed"]
    assert list(page.button) == []
    assert (list(page.markdown), list(page.text_input)) == ([], [])


def test_strangers_see_one_button(library: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where people can sign in, who has not sees the button alone."""
    configure(monkeypatch, GOOD)
    host.set_door(SignInDoor(()))
    page = AppTest.from_file(SHELL, default_timeout=20).run()
    assert [one.label for one in page.button] == ["Sign in"]
    assert (list(page.error), list(page.text_input)) == ([], [])
