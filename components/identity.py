"""Who has signed in: Streamlit's own signed cookie, read with Streamlit's own secret and signer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from streamlit.auth_util import (
    get_cookie_with_chunks,
    get_origin_from_redirect_uri,
    get_redirect_uri,
    get_secrets_auth_section,
)
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import (
    AUTH_COOKIE_MAX_AGE_SECONDS,
    USER_COOKIE_NAME,
)

_PROVIDER: Final = "default"
_MAX_AGE_DAYS: Final = AUTH_COOKIE_MAX_AGE_SECONDS / 86400
_NEEDED: Final = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_SHORTEST_SECRET: Final = 32
_DISCOVERY: Final = "/.well-known/openid-configuration"
# Their documents name one issuer for all tenants, or name a tenant otherwise than its tokens do.
_MANY_TENANTS: Final = (".microsoftonline.com", ".microsoftonline.us", ".b2clogin.com", ".ciamlogin.com")
_WHERE: Final = "in the [auth] section of .streamlit/secrets.toml, then start Cuepoint again."


class OpenDoor:
    """Lets everybody in: no sign-in is asked for."""

    closed: bool = False
    problem: str | None = None

    def admits(self, cookies: Mapping[str, str]) -> bool:
        return True


class ShutDoor:
    """Lets nobody in, and says why: whether a sign-in is asked for cannot be known."""

    closed: bool = True

    def __init__(self, problem: str) -> None:
        self.problem: str | None = problem

    def admits(self, cookies: Mapping[str, str]) -> bool:
        return False


class SignInDoor:
    """Lets in who has signed in with the configured provider and, where there is a list, stands on it.

    ``allowed`` are addresses, or `@example.org` for every address of one domain; empty lets in everybody.
    """

    closed: bool = True

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = tuple(one.strip().lower() for one in allowed)
        self.problem: str | None = _problem()

    def admits(self, cookies: Mapping[str, str]) -> bool:
        identity = self.identity(cookies)
        return identity is not None and self._is_allowed(identity)

    def identity(self, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the claims of who has signed in, allowed or not; None for nobody and for forgeries."""
        secret = get_cookie_secret()
        if self.problem is not None or len(secret) < _SHORTEST_SECRET:
            return None

        def read(name: str) -> bytes | None:
            value = cookies.get(name)
            return decode_signed_value(secret, name, value, _MAX_AGE_DAYS) if value else None

        try:
            claims = json.loads(get_cookie_with_chunks(read, USER_COOKIE_NAME) or b"null")
        except ValueError:
            return None
        return claims if isinstance(claims, dict) and _is_ours(claims) else None

    def _is_allowed(self, identity: Mapping[str, Any]) -> bool:
        if not self._allowed:
            return True
        address = str(identity.get("email") or "").strip().lower()
        # Anybody can claim an address that nobody has verified.
        if identity.get("email_verified", True) not in (True, "true") or address.count("@") != 1:
            return False
        return address in self._allowed or f"@{address.partition('@')[2]}" in self._allowed


def _is_ours(claims: Mapping[str, Any]) -> bool:
    """Return whether these claims were made for us, at our address, by our provider."""
    auth = get_secrets_auth_section()
    audience = claims.get("aud")
    meant_for = audience if isinstance(audience, list) else [audience]
    return (
        claims.get("is_logged_in") is True
        and claims.get("provider") == _PROVIDER
        and claims.get("origin") == get_origin_from_redirect_uri()
        and auth.get("client_id") in meant_for
        and _is_issuer(str(claims.get("iss") or ""), str(auth.get("server_metadata_url") or ""))
    )


def _is_issuer(issuer: str, metadata_url: str) -> bool:
    expected = metadata_url.partition("?")[0].removesuffix(_DISCOVERY)
    if f".{urlsplit(expected).hostname}".endswith(_MANY_TENANTS):
        return urlsplit(issuer)[:2] == urlsplit(expected)[:2]
    return bool(expected) and issuer.rstrip("/") == expected.rstrip("/")


def _problem() -> str | None:
    """Return what keeps people from signing in, as a sentence that says what to do; None where all is set."""
    if find_spec("authlib") is None:
        return "Signing in needs the package authlib. Run make setup, then start Cuepoint again."
    try:
        auth = get_secrets_auth_section()
        redirect = get_redirect_uri(auth) or ""
        missing = [name for name in _NEEDED if not str(auth.get(name) or "").strip()]
    except Exception:  # noqa: BLE001 - a file that Streamlit cannot read, in whatever way
        return f"Sign-in is asked for, but its configuration cannot be read. Correct it {_WHERE}"
    if missing:
        return f"Sign-in is asked for, but not set up: {', '.join(missing)}. Set what is missing {_WHERE}"
    if len(str(auth["cookie_secret"])) < _SHORTEST_SECRET:
        return f"Sign-in needs a cookie_secret of {_SHORTEST_SECRET} characters or more. Set it {_WHERE}"
    if urlsplit(redirect).scheme not in ("http", "https") or urlsplit(redirect).path != "/oauth2callback":
        return f"Sign-in needs a redirect_uri that ends in /oauth2callback. Set it {_WHERE}"
    if not str(auth["server_metadata_url"]).partition("?")[0].endswith(_DISCOVERY):
        return f"Sign-in needs a server_metadata_url that ends in {_DISCOVERY}. Set it {_WHERE}"
    return None
