"""The settings as a Markdown table for the README, or (`--env`) as `.env.example`.

`python -m core.settings_table` prints them.
"""

from __future__ import annotations

import sys
import textwrap
from typing import Any

from pydantic import SecretStr

from core.config import Settings


def settings_table() -> str:
    """Return one row a setting: variable, default, and what it does."""
    rows = ["| variable | default | what it does |", "| --- | --- | --- |"]
    for field in Settings.model_fields.values():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)  # noqa: S101 - every field is made by `_named`
        rows.append(f"| `{extra['variable']}` | {_shown(field.default)} | {field.description} |")
    return "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    text = _written(default)
    return f"`{text}`" if text else ""


def example_file() -> str:
    """Return `.env.example`: each setting, marked as a comment, below its description."""
    parts = [
        "# Copy this file to `.env` and take the mark away from what you want to change.\n"
        "# What is set in the environment wins over it; everything has a working default.\n"
    ]
    for field in Settings.model_fields.values():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)  # noqa: S101 - every field is made by `_named`
        said = textwrap.wrap(str(field.description), 98, break_on_hyphens=False, break_long_words=False)
        lines = [f"# {line}" for line in said]
        parts.append("\n".join([*lines, f"#{extra['variable']}={_written(field.default)}\n"]))
    return "\n".join(parts)


def _written(default: Any) -> str:
    """Return a default as a person would write it into a file."""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, tuple):
        return ",".join(str(part) for part in default)
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    print(example_file() if "--env" in sys.argv else settings_table(), end="")
