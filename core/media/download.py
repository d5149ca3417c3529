"""Fetching a video from an address that somebody typed in.

`httpcore`, on which httpx runs, is used directly: it takes a network backend of our own (so that addresses
are checked where connections are made), follows no redirects by itself, and never looks at proxy variables.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpcore
import httpx

from core.config import Settings
from core.errors import DownloadInterrupted, UrlRefused
from core.media.addresses import CheckedBackend, Resolver, check_url, resolve_name
from core.media.incoming import PartFile, Received, ensure_room, readable_size
from core.media.offers import Headers, expected_size, refuse_if_no_file, suggested_name

log = logging.getLogger(__name__)

MAX_REDIRECTS: Final = 5
_PIECE_BYTES: Final = 1024 * 1024
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_COME_BACK_LATER: Final = (408, 425, 429, 500, 502, 503, 504, 507, 508, 509, 520, 521, 522, 523, 524)
_REQUEST_HEADERS: Final = (
    ("User-Agent", "Cuepoint"),
    ("Accept", "video/*, audio/*;q=0.8, */*;q=0.5"),
    # The bytes as they are stored: hashing and the size bound are about these.
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take."""

    connect_s: float = 15.0
    silence_s: float = 30.0
    """Longest wait for the next byte."""
    total_s: float = 6 * 3600.0
    slow_window_s: float = 60.0
    slow_bytes: int = 64 * 1024
    """Less than this in a window counts as a stall."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched whole, and what to call it."""

    received: Received
    name: str
    """From the server's header or the address, as `clean_name` shows it; safe to display."""


def download(
    url: str,
    target_folder: Path,
    *,
    settings: Settings,
    report: Callable[[float], None] | None = None,
    patience: Patience = Patience(),
    resolve: Resolver = resolve_name,
) -> Downloaded:
    """Fetch a file into a folder; blocking, for a worker thread.

    At most `MAX_REDIRECTS` redirects are followed, each checked like the first address. Every
    connection goes to a public address (see `core.media.addresses`) unless
    ``settings.allow_private_urls``. ``report`` gets 0 to 1, or 0 while the size is unknown; what it
    raises stops the download and passes through. ``resolve`` is how names become addresses; tests
    give their own. Nothing stays in the folder after an error.

    Raises: UrlRefused, DownloadInterrupted (worth trying again), StorageFull, StoreError.
    """
    here = check_url(url)
    backend = CheckedBackend(
        allow_private=settings.allow_private_urls,
        deadline=time.monotonic() + patience.total_s,
        resolve=resolve,
    )
    with httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(), network_backend=backend, max_connections=1
    ) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            with _asked(pool, here, patience) as response:
                headers = Headers(response.headers)
                if response.status not in _REDIRECTS:
                    _check_status(response.status, here)
                    received = _take(response, headers, target_folder, settings, patience, report)
                    log.info("download.done host=%s bytes=%d", here.host, received.size_bytes)
                    return Downloaded(
                        received, suggested_name(headers, [here.path, httpx.URL(url.strip()).path])
                    )
                here = _redirected(here, headers)
    raise UrlRefused("This address redirects too often. Open it in a browser and copy the final address.")


@contextmanager
def _asked(pool: httpcore.ConnectionPool, url: httpx.URL, patience: Patience) -> Iterator[httpcore.Response]:
    timeouts = {
        "connect": patience.connect_s,
        "read": patience.silence_s,
        "write": patience.silence_s,
        "pool": patience.connect_s,
    }
    try:
        with pool.stream(
            "GET", str(url), headers=_REQUEST_HEADERS, extensions={"timeout": timeouts}
        ) as response:
            yield response
    except httpcore.TimeoutException as exc:
        raise DownloadInterrupted(f"The server “{url.host}” does not answer. Try again later.") from exc
    except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
        raise DownloadInterrupted(
            f"The connection to “{url.host}” failed or broke. Try again later."
        ) from exc


def _take(
    response: httpcore.Response,
    headers: Headers,
    folder: Path,
    settings: Settings,
    patience: Patience,
    report: Callable[[float], None] | None,
) -> Received:
    refuse_if_no_file(headers)
    announced = expected_size(headers)
    _check_size(announced or 0, settings)
    ensure_room(folder, announced or 0)
    part = PartFile(folder)
    arrived = False
    try:
        for piece in _pieces(response, patience):
            _check_size(part.size_bytes + len(piece), settings)
            part.write(piece)
            if report is not None:
                report(min(1.0, part.size_bytes / announced) if announced else 0.0)
        received = part.finish()
        arrived = True
        return received
    finally:
        if not arrived:
            part.discard()


def _pieces(response: httpcore.Response, patience: Patience) -> Iterator[bytearray]:
    """Yield the body in pieces of about a MiB, or what came within a second."""
    piece = bytearray()
    since, window_bytes = time.monotonic(), 0
    given = since
    for chunk in response.iter_stream():
        piece += chunk
        window_bytes += len(chunk)
        now = time.monotonic()
        if now - since > patience.slow_window_s:
            if window_bytes < patience.slow_bytes:
                raise DownloadInterrupted("The server sends too slowly. Try again later.")
            since, window_bytes = now, 0
        if len(piece) >= _PIECE_BYTES or now - given > 1:
            yield piece
            piece, given = bytearray(), now
    yield piece


def _check_size(size_bytes: int, settings: Settings) -> None:
    if size_bytes > settings.max_upload_bytes:
        raise UrlRefused(
            f"The file at this address is too large: at most {readable_size(settings.max_upload_bytes)} can "
            "be added (the setting CUEPOINT_MAX_UPLOAD_BYTES)."
        )


def _check_status(status: int, url: httpx.URL) -> None:
    if status == 200:
        return
    if status in _COME_BACK_LATER:
        raise DownloadInterrupted(
            f"The server “{url.host}” is busy or broken (status {status}). Try again later."
        )
    if status in (401, 403, 407):
        raise UrlRefused(
            f"The server “{url.host}” does not give this file to everybody (status {status}). Download it in "
            "your browser and add the file instead."
        )
    if status in (404, 410):
        raise UrlRefused(f"There is no file at this address (status {status}). Check the address.")
    raise UrlRefused(f"The server “{url.host}” did not give a file (status {status}). Check the address.")


def _redirected(here: httpx.URL, headers: Headers) -> httpx.URL:
    location = headers.get("location")
    try:
        there = here.join(location) if location else None
    except (httpx.InvalidURL, ValueError) as exc:
        raise UrlRefused("This address redirects to one that is not valid. Check it in a browser.") from exc
    if there is None:
        raise UrlRefused("This address redirects to nowhere. Check it in a browser.")
    if here.scheme == "https" and there.scheme == "http":
        raise UrlRefused("This address redirects from a secure to an insecure one, which is not followed.")
    return check_url(str(there))
