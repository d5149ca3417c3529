"""What the README promises is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from core.settings_table import settings_table

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_settings() -> None:
    """The README's table of settings is the one made from the settings themselves."""
    inside = README.split("<!-- settings:")[1].split("-->\n", 1)[1].split("<!-- /settings -->")[0]
    assert inside == settings_table()


def test_the_two_commands_come_first() -> None:
    """`make run` and `make test` are the first commands that a reader meets."""
    first_block = README.split("```sh\n", 1)[1].split("```", 1)[0]
    assert [line.split("#")[0].strip() for line in first_block.strip().splitlines()] == [
        "make run",
        "make test",
    ]


def test_every_link_of_the_documents_leads_somewhere() -> None:
    """A file that README or ARCHITECTURE links or names as a module exists."""
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    missing = [path for path in linked if not (ROOT / path).exists()]
    assert missing == []


def test_every_make_target_that_is_named_exists() -> None:
    """The README names no command that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|PORT=8502 )make ([a-z]+)", README, re.MULTILINE)) <= targets
