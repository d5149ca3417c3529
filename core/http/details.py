"""What the browser says about an upload: a header of URI-encoded JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    field_validator,
)
from starlette.requests import Request

from core.errors import InputRefused
from core.media.names import clean_text

HEADER: Final = "X-Cuepoint-Details"
_MAX_HEADER: Final = 16 * 1024
_YEARS: Final = range(1870, 2201)


class UploadDetails(BaseModel):
    """The fields of `X-Cuepoint-Details`; all may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="", max_length=1024)
    """The file's name as the person knows it; never used as a path."""
    title: str | None = Field(default=None, max_length=300)
    category: str | None = Field(default=None, max_length=100)
    tags: tuple[Annotated[str, StringConstraints(max_length=60)], ...] = Field(default=(), max_length=50)
    recorded_at: datetime | None = None
    """ISO 8601; a bare date is its midnight, and a time without a zone is UTC."""
    subtitles_id: str | None = Field(default=None, max_length=64)
    batch: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    """Made by the uploader: files that were dropped together have the same one."""
    fit: StrictBool | None = None
    """Send the engine a copy within its limits where the file is not; left out, the settings say."""

    @field_validator("title", "category")
    @classmethod
    def _clean(cls, text: str | None) -> str | None:
        return clean_text(text, limit=None) or None if text is not None else None

    @field_validator("tags")
    @classmethod
    def _clean_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        cleaned = (clean_text(tag, limit=None) for tag in tags)
        return tuple(dict.fromkeys(tag for tag in cleaned if tag))

    @field_validator("recorded_at", mode="before")
    @classmethod
    def _text_only(cls, value: object) -> object:
        # A number would be read as seconds since 1970.
        if value == "" or value is None:
            return None
        if not isinstance(value, str):
            raise ValueError("must be a date such as 2024-05-01 or 2024-05-01T10:30:00Z")
        return value

    @field_validator("recorded_at")
    @classmethod
    def _believable(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        if value.year not in _YEARS:
            raise ValueError(f"must lie between {_YEARS[0]} and {_YEARS[-1]}")
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def details_of(request: Request) -> UploadDetails:
    """Return the details of an upload, empty where none were sent. Raises: InputRefused."""
    header = request.headers.get(HEADER, "")
    if not header:
        return UploadDetails()
    if len(header) > _MAX_HEADER:
        raise InputRefused("The details of this upload are too long. Use a shorter title or fewer tags.")
    try:
        return UploadDetails.model_validate_json(unquote(header, errors="strict"))
    except UnicodeDecodeError as exc:
        raise InputRefused("The details of this upload are not readable. Reload the page.") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "JSON"
        raise InputRefused(f"The details of this upload are not usable ({field}: {first['msg']}).") from exc
