"""Who may ask: pages of our own origin, and the command line on this machine."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from core.errors import OriginRefused, TokenRefused

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_CROSS_ORIGIN: Final = "This request came from another site. Open Cuepoint itself and try again there."
_NOT_LOCAL: Final = "This can only be asked from the machine that Cuepoint runs on."
_NO_TOKEN: Final = "This request needs a token. Reload the page and try again."  # noqa: S105 - a sentence


def refuse_cross_origin(request: Request) -> None:
    """Return where the request comes from our own pages or from no page at all.

    Browsers set both headers themselves; scripts of a page cannot. Raises: OriginRefused.
    """
    if request.headers.get("sec-fetch-site", "none").lower() not in ("same-origin", "none"):
        raise OriginRefused(_CROSS_ORIGIN)
    for origin in request.headers.getlist("origin"):
        if not _same_host(origin, request.headers.get("host", "")):
            raise OriginRefused(_CROSS_ORIGIN)


def refuse_remote(request: Request) -> None:
    """Return where the request was made on this machine, not through a proxy. Raises: OriginRefused."""
    client = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(client)
    except ValueError as exc:
        raise OriginRefused(_NOT_LOCAL) from exc
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    if proxied or not (mapped or address).is_loopback:
        raise OriginRefused(_NOT_LOCAL)


def query_token(request: Request) -> str:
    """Return the token in the address. Raises: TokenRefused where there is none."""
    token = request.query_params.get("token", "")
    if not token:
        raise TokenRefused(_NO_TOKEN)
    return token


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header. Raises: TokenRefused where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenRefused(_NO_TOKEN)
    return token.strip()


def _same_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not parts.netloc or "@" in parts.netloc:
        return False
    return parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)
