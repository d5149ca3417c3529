"""What stands before every route: the headers, the names that are answered to, and the door."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from components import host
from core.http.door import DoorMiddleware
from core.http.headers import HeadersMiddleware, content_policy
from core.http.hosts import HostsMiddleware


def protection(get_hosts: Callable[[], tuple[str, ...]]) -> list[Middleware]:
    """Return the middleware of the application, outermost first."""
    return [
        Middleware(HeadersMiddleware, policy=content_policy(_inline_scripts())),
        Middleware(HostsMiddleware, get_hosts=get_hosts),
        Middleware(DoorMiddleware, get_door=host.door),
    ]


def _inline_scripts() -> list[str]:
    """Return the hashes of the scripts that stand in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"sha256-{base64.b64encode(digest).decode('ascii')}" for digest in digests]
