"""What a person said about an address, kept with its job until the file is there."""

from __future__ import annotations

import json
from datetime import datetime

from core.library_model import Details


def write_details(details: Details) -> str:
    """Return the details as text for `Job.details`; subtitles are files and never come with an address."""
    return json.dumps(
        {
            "title": details.title,
            "category": details.category,
            "tags": list(details.tags),
            "recorded_at": details.recorded_at.isoformat() if details.recorded_at else None,
            "fit": details.fit,
        }
    )


def read_details(text: str) -> Details:
    """Return the details in a `Job.details`; empty text says nothing about the file."""
    told = json.loads(text) if text else {}
    recorded_at = told.get("recorded_at")
    return Details(
        title=told.get("title"),
        category=told.get("category"),
        tags=tuple(told.get("tags") or ()),
        recorded_at=datetime.fromisoformat(recorded_at) if recorded_at else None,
        fit=told.get("fit"),
    )
