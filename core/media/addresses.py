"""Which addresses a download may reach: their form, and the network address behind a name.

Checking a name first and connecting to it later leaves a gap in which the name can change what it
resolves to. Here a connection resolves, checks, and goes to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import httpcore
import httpx
from httpcore import SOCKET_OPTION

from core.errors import DownloadInterrupted, UrlRefused

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the numeric addresses of a name and port. Raises: `socket.gaierror` where there are none."""

_GLOBAL_UNICAST_V6: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER: Final = tuple(
    # Tunnels that carry an IPv4 address inside (6to4, Teredo), the relay of the former, and networks that
    # `is_global` counts as private only in newer versions of Python.
    ipaddress.ip_network(network)
    for network in ("2002::/16", "2001::/32", "192.88.99.0/24", "192.0.0.0/24", "3fff::/20")
)
_MAX_URL_LENGTH: Final = 4096


def check_url(url: str) -> httpx.URL:
    """Return an address as it will be asked for, where its form is allowed; nothing is sent yet.

    Allowed are http and https, on port 80, 443 or from 1024, without a user name or password.
    Raises: UrlRefused.
    """
    text = url.strip()
    if not text:
        raise UrlRefused("Type the address of a video file, such as https://example.org/clip.mp4.")
    if len(text) > _MAX_URL_LENGTH:
        raise UrlRefused(f"This address is too long (at most {_MAX_URL_LENGTH} characters).")
    # Programs disagree on what these mean, and a check is only worth something if all read the same.
    if "\\" in text or any(character.isspace() or not character.isprintable() for character in text):
        raise UrlRefused("This address has characters that an address cannot have. Copy it once more.")
    try:
        parsed = httpx.URL(text)
        port = parsed.port
    except (httpx.InvalidURL, ValueError, UnicodeError) as exc:
        raise UrlRefused(
            "This is not a valid address. It should look like https://example.org/clip.mp4."
        ) from exc
    if parsed.scheme not in ("http", "https"):
        raise UrlRefused("Only addresses that begin with http:// or https:// can be used.")
    if parsed.userinfo:
        raise UrlRefused(
            "Addresses with a user name or password are not allowed. Remove the part before the @."
        )
    if not parsed.host:
        raise UrlRefused("This address names no server. It should look like https://example.org/clip.mp4.")
    if port is not None and not (port in (80, 443) or 1024 <= port <= 65535):
        raise UrlRefused(f"Port {port} is not allowed. Use 80, 443, or one from 1024 to 65535.")
    return parsed


def is_public(address: str) -> bool:
    """Return whether a numeric address belongs to the public internet.

    Everything else is refused: private, loopback, link-local, carrier-grade NAT, multicast, reserved,
    documentation, and IPv6 forms that wrap such an IPv4 address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        # An allow-list: what `is_global` says of the rest of IPv6 differs between Python versions.
        if ip not in _GLOBAL_UNICAST_V6 or ip.scope_id is not None:
            return False
    if any(ip in network for network in _NEVER if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def resolve_name(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which the system would try them.

    The system also reads numbers in old forms (`2130706433`, `0x7f.1`, `0177.0.0.1`).
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedBackend(httpcore.NetworkBackend):
    """Opens connections to public addresses only, and lets none live past a deadline.

    ``deadline`` is a moment of `time.monotonic`. ``allow_private`` turns the check of addresses off.
    """

    def __init__(self, *, allow_private: bool, deadline: float, resolve: Resolver) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        options = list(socket_options or ())
        failure: Exception | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._inner.connect_tcp(
                    address, port, _within(self._deadline, timeout), local_address, options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _DeadlineStream(stream, self._deadline)
        raise failure if failure is not None else httpcore.ConnectError("no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = list(self._resolve(host, port))[:8]
        except socket.gaierror as exc:
            if exc.errno == socket.EAI_AGAIN:
                raise DownloadInterrupted(
                    f"The name “{host}” could not be looked up just now. Check the network connection."
                ) from exc
            raise UrlRefused(f"There is no server named “{host}”. Check the address.") from exc
        except (UnicodeError, ValueError) as exc:
            raise UrlRefused("This address has no valid server name. Check it.") from exc
        # One private address among public ones is enough to refuse: such a name is a trap.
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise UrlRefused(
                "This address leads into a private network, which is not allowed. Use a public address, "
                "or download the file yourself and add it."
            )
        return addresses


class _DeadlineStream(httpcore.NetworkStream):
    """Bounds every wait by the deadline too: a server that drips bytes resets all other timeouts."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._inner.read(max_bytes, _within(self._deadline, timeout))
        except httpcore.TimeoutException:
            # Which of the two bounds was it?
            _within(self._deadline, timeout)
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _within(self._deadline, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            secured = self._inner.start_tls(ssl_context, server_hostname, _within(self._deadline, timeout))
        except httpcore.ConnectError as exc:
            if isinstance(exc.__cause__, ssl.SSLCertVerificationError):
                raise UrlRefused(
                    f"The certificate of “{server_hostname}” is not valid, so the connection is not safe."
                ) from exc
            raise
        return _DeadlineStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _within(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise DownloadInterrupted("The download took too long and was stopped. Try again later.")
    return left if timeout is None else min(left, timeout)
