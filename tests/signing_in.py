"""The real application with a sign-in, in a process of its own, and cookies of every kind for it.

python -m tests.signing_in PORT TABLE   serves, and writes the application's routes to the file TABLE
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.jwk import OctKey

from core.layout import Layout
from core.tokens import Tokens, load_secret
from tests.oidc import CLIENT_ID, CLIENT_SECRET, Provider
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
COOKIE = "_streamlit_user"
DAY_S = 86400


@dataclass(frozen=True)
class Entrance:
    """A served application that asks for a sign-in."""

    url: str
    secret: str
    provider: Provider
    layout: Layout
    table: list[dict[str, Any]]
    """Every route: its path, its methods, and whether it is a websocket or a mount."""

    @property
    def tokens(self) -> Tokens:
        return Tokens(load_secret(self.layout.secret), 6 * 3600)

    def cookie(self, *, secret: str | None = None, age_days: float = 0, **changed: object) -> dict[str, str]:
        """Return the cookie of somebody who signed in, with what is changed about it."""
        claims = {
            "iss": self.provider.issuer,
            "aud": CLIENT_ID,
            "sub": "ada",
            "email": "ada@example.org",
            "email_verified": True,
            "origin": self.url,
            "is_logged_in": True,
            "provider": "default",
        } | changed
        serializer = URLSafeTimedSerializer(secret or self.secret, salt=COOKIE)
        made = int(time.time() - age_days * DAY_S)
        with mock.patch.object(TimestampSigner, "get_timestamp", return_value=made):
            signed = serializer.dumps(json.dumps(claims))
        return {COOKIE: signed if isinstance(signed, str) else signed.decode()}

    @contextmanager
    def sign_in(self) -> Iterator[httpx.Client]:
        """Return a browser that went through the provider's code flow and holds what Streamlit set."""
        # The page's button asks this address, with this very token.
        payload = {"provider": "default", "exp": int(time.time()) + 60}
        token = jwt.encode({"alg": "HS256"}, payload, OctKey.import_key(self.secret))
        with httpx.Client(base_url=self.url, follow_redirects=True, trust_env=False, timeout=20) as browser:
            browser.get("/auth/login", params={"provider": token})
            yield browser


@contextmanager
def entrance(folder: Path, provider: Provider, **environment: str) -> Iterator[Entrance]:
    """Serve the application from ``folder`` until the block ends."""
    port = free_port()
    url, secret = f"http://127.0.0.1:{port}", secrets.token_hex(32)
    own = folder / ".streamlit"
    own.mkdir(parents=True)
    shutil.copy(ROOT / ".streamlit" / "config.toml", own)
    auth = {
        "redirect_uri": f"{url}/oauth2callback",
        "cookie_secret": secret,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "server_metadata_url": provider.metadata_url,
    }
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in auth.items())
    (own / "secrets.toml").write_text(f"[auth]\n{lines}\n")
    table = folder / "routes.json"
    settings = {
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "CUEPOINT_DATA_DIR": str(folder / "data"),
        "CUEPOINT_ENGINE": "preview",
        "CUEPOINT_SIGN_IN": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.signing_in", str(port), str(table)],
        cwd=folder,
        env=os.environ | settings | environment,
    )
    try:
        _wait_until_ready(url, process)
        routes = json.loads(table.read_text())
        yield Entrance(url, secret, provider, Layout(folder / "data"), routes)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert process.poll() is None, "the application did not start"
        try:
            if httpx.get(f"{url}/api/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the application did not answer in time")


def main() -> None:
    import uvicorn

    from app import app

    built = app._build_starlette_app()
    app._starlette_app = built
    table = [
        {
            "path": getattr(route, "path", ""),
            "methods": sorted(getattr(route, "methods", None) or []),
            "kind": type(route).__name__,
        }
        for route in built.routes
    ]
    Path(sys.argv[2]).write_text(json.dumps(table))
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
