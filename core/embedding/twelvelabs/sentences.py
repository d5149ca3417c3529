"""The sentences of the Twelve Labs engine: what is wrong, and what to do next."""

from __future__ import annotations

from typing import Final

NO_KEY: Final = (
    "There is no key for Twelve Labs. Set TWELVE_LABS_API_KEY to yours and start Cuepoint again, "
    "or set CUEPOINT_ENGINE=preview to work without one."
)
WORKS: Final = "Twelve Labs answers and takes your key."
NOT_ASKED_YET: Final = "There is a key for Twelve Labs; the first search or video shows whether it is good."
MALFORMED_KEY: Final = (
    "TWELVE_LABS_API_KEY holds something that no key can be (a blank, or a letter outside ASCII). "
    "Copy the key again and start Cuepoint again."
)
WRONG_KEY: Final = (
    "Twelve Labs does not know this key, or it has expired. Copy a valid one from its dashboard into "
    "TWELVE_LABS_API_KEY and start Cuepoint again."
)
_NO_RIGHT: Final = {
    "api_allowed_for_paid_plan": (
        "Your Twelve Labs plan does not include this. Upgrade the plan in its dashboard, "
        "then press Try again."
    ),
    "region_not_allowed": (
        "Twelve Labs does not serve the region of this computer. Run Cuepoint elsewhere, or ask its support."
    ),
}
QUOTA: Final = (
    "The quota of your Twelve Labs account is used up. Raise it in the Twelve Labs dashboard, or wait until "
    "it is renewed; what is queued waits."
)
_LATER: Final = "Jobs go on by themselves; try a search again in a moment."
BUSY: Final = f"Twelve Labs asks to wait because of its rate limit. {_LATER}"
REDIRECTED: Final = (
    "TWELVE_LABS_BASE_URL leads to another address than the Twelve Labs API. Correct it, or leave it unset."
)
GONE: Final = "Twelve Labs does not have this any more. Press Try again to send it again."
PART_EXPIRED: Final = "The address for this part of the upload is no longer valid. Press Try again to go on."
UNKNOWN_OUTCOME: Final = "Twelve Labs did not say whether it began. Cuepoint looks before it asks again."
BAD_VECTORS: Final = "Twelve Labs sent vectors that cannot be right. Try again in a moment."
UNREACHABLE: Final = (
    "Twelve Labs cannot be reached. Check the internet connection of the computer that runs Cuepoint. "
    f"{_LATER}"
)

_REASONS: Final = {
    "video_resolution_too_low": "the picture is too small; Marengo needs at least 360 x 360",
    "video_resolution_too_high": "the picture is too large; Marengo takes at most 5184 x 2160",
    "video_resolution_invalid_aspect_ratio": "the picture is too narrow; Marengo takes 1:2.4 to 2.4:1",
    "video_duration_too_short": "the video is too short; Marengo needs at least 4 seconds",
    "video_duration_too_long": "the video is too long; Marengo takes at most 4 hours",
    "video_file_broken": "the file cannot be read; it may be damaged",
    "video_filesize_too_large": "the file is too large",
    "media_filesize_too_large": "the file is too large",
    "audio_filesize_too_large": "the file is too large",
    "image_filesize_too_large": "the picture is too large",
    "token_limit_exceeded": "the text is too long",
    "text_too_long": "the text is too long",
}


def no_right(code: str) -> str:
    return _NO_RIGHT.get(
        code,
        "Your Twelve Labs key has no right to do this. Give it that right in the Twelve Labs dashboard, or "
        "use another key in TWELVE_LABS_API_KEY, and start Cuepoint again.",
    )


def unavailable(status: int | None, sent: bool) -> str:
    """Return what to say when nothing, or nothing useful, was answered."""
    if status is None:
        return UNREACHABLE if not sent else f"Twelve Labs did not answer in full. {_LATER}"
    if status < 300:
        return f"Twelve Labs sent an answer that cannot be read. {_LATER}"
    return f"Twelve Labs has a problem of its own ({status}). {_LATER}"


def refused(status: int, code: str, reason: str) -> str:
    """Return why an input is refused, in our words where the code is known, else in the provider's."""
    why = _REASONS.get(code) or reason.rstrip(". ") or (f"error {code}" if code else f"error {status}")
    if status == 413 and code not in _REASONS:
        why = "it is larger than Marengo takes"
    return f"Twelve Labs does not accept this: {why}. Change it, and try again."
