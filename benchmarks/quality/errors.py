"""What is wrong with a folder, in one sentence."""

from __future__ import annotations


class BadSet(Exception):
    """The folder cannot be measured; the message is one sentence that says why."""
