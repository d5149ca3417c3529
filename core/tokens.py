"""Signed tokens: what a browser or the command line shows to be let in.

A token is not a session: whoever holds it may use it until it expires, so it lives for a bounded time
and is never logged. Every purpose has its own salt, so a media token opens no upload.

Within one lifetime window the same claim gives the same token. A link that changed with every drawing of a
page would make the browser load the video again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from core.errors import SettingsError, TokenExpired, TokenRefused

log = logging.getLogger(__name__)

MediaKind: TypeAlias = Literal["play", "poster", "thumb", "subtitles", "sprites"]

CONTROL_LIFETIME_S: Final = 300
_SECRET_BYTES: Final = 32
_KEPT: Final = 16_384
"""Media tokens kept at most; about 5 MB."""
_MEDIA_KINDS: Final[tuple[MediaKind, ...]] = get_args(MediaKind)


@dataclass(frozen=True, slots=True)
class MediaClaim:
    """What a media token lets its holder see."""

    kind: MediaKind
    video_id: str
    at_ms: int | None = None
    """For a thumbnail its key, for sprites the number of the sheet."""


class _WindowSigner(TimestampSigner):
    """Stamps the beginning of the present window instead of the present second."""

    def __init__(self, *args: Any, window_s: int, clock: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._window_s = window_s
        self._clock = clock

    def get_timestamp(self) -> int:
        now = int(self._clock())
        return now - now % self._window_s

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        # The text is compared, not the bytes that it decodes to: the last character of base64 has bits
        # that decoding ignores, so several texts would pass for one signature.
        given = sig.encode() if isinstance(sig, str) else sig
        return hmac.compare_digest(self.get_signature(value), given)


class Tokens:
    """Makes and reads the tokens of one installation. Safe to use from several threads.

    A token is valid for at least ``lifetime_s`` seconds and at most twice as long. ``clock`` gives the
    seconds since 1970 and is there for tests.
    """

    def __init__(self, secret: bytes, lifetime_s: int, *, clock: Callable[[], float] = time.time) -> None:
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._kept: dict[tuple[MediaKind, str, int | None], tuple[int, str]] = {}
        """Media tokens of the present window: a list of results shows a hundred of them."""
        self._media = _serializer(secret, "cuepoint.media", lifetime_s, clock)
        self._upload = _serializer(secret, "cuepoint.upload", lifetime_s, clock)
        self._clips = _serializer(secret, "cuepoint.clips", lifetime_s, clock)
        self._control = _serializer(secret, "cuepoint.control", CONTROL_LIFETIME_S, clock)

    def media(self, kind: MediaKind, video_id: str, at_ms: int | None = None) -> str:
        """Return a URL-safe token that shows one file of one video; the same within a window."""
        claim = kind, video_id, at_ms
        stamp = int(self._clock()) // self._lifetime_s
        kept = self._kept.get(claim)
        if kept is None or kept[0] != stamp:
            kept = stamp, _text(self._media.dumps([kind, video_id] if at_ms is None else list(claim)))
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[claim] = kept
        return kept[1]

    def read_media(self, token: str) -> MediaClaim:
        """Return what a media token claims. Raises: TokenRefused, TokenExpired."""
        match _read(self._media, token, self._lifetime_s):
            case [str(kind), str(video_id)] if kind in _MEDIA_KINDS:
                return MediaClaim(kind, video_id)
            case [str(kind), str(video_id), int(at_ms)] if kind in _MEDIA_KINDS:
                return MediaClaim(kind, video_id, at_ms)
        raise TokenRefused(_REFUSED)

    def clips(self, run_id: str) -> str:
        """Return a URL-safe token that downloads the cut clips of one run."""
        return _text(self._clips.dumps(run_id))

    def read_clips(self, token: str) -> str:
        """Return the run whose clips a token downloads. Raises: TokenRefused, TokenExpired."""
        match _read(self._clips, token, self._lifetime_s):
            case str(run_id):
                return run_id
        raise TokenRefused(_REFUSED)

    def upload(self) -> str:
        """Return a token that lets its holder add videos and subtitles."""
        return _text(self._upload.dumps("upload"))

    def check_upload(self, token: str) -> None:
        """Return where the token lets its holder upload. Raises: TokenRefused, TokenExpired."""
        _read(self._upload, token, self._lifetime_s)

    def control(self) -> str:
        """Return a token for `POST /api/control/...`; it lives for minutes, whatever the lifetime is."""
        return _text(self._control.dumps("control"))

    def check_control(self, token: str) -> None:
        """Return where the token lets its holder give orders. Raises: TokenRefused, TokenExpired."""
        _read(self._control, token, CONTROL_LIFETIME_S)


_REFUSED: Final = "This link is not one of ours. Reload the page to get a fresh one."
_EXPIRED: Final = "This link has expired. Reload the page to get a fresh one."


def _serializer(
    secret: bytes, salt: str, window_s: int, clock: Callable[[], float]
) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret,
        salt=salt,
        signer=_WindowSigner,
        signer_kwargs={
            "window_s": window_s,
            "clock": clock,
            "key_derivation": "hmac",
            "digest_method": hashlib.sha256,
        },
    )


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")


def _read(serializer: URLSafeTimedSerializer, token: str, window_s: int) -> object:
    """Return the payload of a token of this window or the one before it."""
    try:
        # Stamps and the present are both beginnings of windows, so ages are 0, 1, 2... windows.
        return serializer.loads(token, max_age=window_s)
    except SignatureExpired as exc:
        raise TokenExpired(_EXPIRED) from exc
    except (BadData, UnicodeError) as exc:
        raise TokenRefused(_REFUSED) from exc


def load_secret(path: Path) -> bytes:
    """Return the installation's secret, which is made the first time: 32 random bytes, kept as hex.

    Only the owner may read the file. Of two processes that make it at once, both return the same one.

    Raises: SettingsError where the file cannot be read or written, or holds something else.
    """
    try:
        if not path.exists():
            _create_secret(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as exc:
        raise SettingsError(
            f"The file {path.name} in the data folder cannot be used. Check who may read and write there."
        ) from exc
    except ValueError as exc:
        raise SettingsError(_DAMAGED.format(name=path.name)) from exc
    if len(secret) < _SECRET_BYTES:
        raise SettingsError(_DAMAGED.format(name=path.name))
    return secret


_DAMAGED: Final = (
    "The file {name} in the data folder is damaged. Delete it: a new one is made, and open pages reload."
)


def _create_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, not a rename: it fails where another process was first, whose secret then counts.
            os.link(draft, path)
        except FileExistsError:
            return
        except OSError:
            # Some file systems have no hard links (exFAT, network shares).
            os.replace(draft, path)
        log.info("secret.created")
    finally:
        draft.unlink(missing_ok=True)
