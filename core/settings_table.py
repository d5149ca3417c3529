"""The settings as a Markdown table, for the README: `python -m core.settings_table`."""

from __future__ import annotations

from pathlib import Path
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
    if isinstance(default, SecretStr | Path):
        default = str(default.get_secret_value() if isinstance(default, SecretStr) else default)
    if default in ("", ()):
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


if __name__ == "__main__":
    print(settings_table(), end="")
