"""How the stand-in behaves: one frozen value, set by flags at the start and by the control route later."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

MB = 1024 * 1024

FAULTS = (
    "429",
    "429-empty",
    "500",
    "503",
    "reset-before",
    "reset-after",
    "slow",
    "truncated",
    "task-fails",
    "asset-stuck",
    "nan",
    "dimension",
)
"""Every way in which a call may go wrong; see `faults.py` for what each does."""


def _says(text: str, default: Any) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Options:
    """What a test, or a script, may choose."""

    keys: tuple[str, ...] = _says("good keys; none given: every key that begins with tlk_test_", ())
    keys_without_rights: tuple[str, ...] = _says(
        "keys that are answered with 403", ("tlk_test_without_rights",)
    )
    quota: str = _says("left, or the status that tells of an exhausted one: 402, 403, 429", "left")
    error_shape: str = _says("documented (as each route has it), nested or flat", "documented")

    asset_s: float = _says("seconds for which an asset is processing", 0.0)
    task_s: float = _says("seconds for which a task is processing", 0.0)
    tasks_at_once: int = _says("tasks processed at once, the others wait; 0: all", 0)
    clock_offset_s: float = _says("how far its clock is ahead of the real one", 0.0)
    results_kept_s: float = _says("how long results are kept", 7 * 86400.0)

    list_late_s: float = _says("a task is in the list only so long after its creation", 0.0)
    names: str = _says("where a task shows its file's name: list (and retrieve), retrieve, none", "list")

    direct_limit: int = _says("largest direct upload in bytes", 200 * MB)
    chunk_bytes: int = _says("size of a chunk of a multipart upload", 5 * MB)
    first_urls: int = _says("addresses that a new multipart session begins with", 10)
    url_life_s: float = _says("seconds for which a presigned address is good", 3600.0)
    session_life_s: float = _says("seconds for which a multipart session is open", 86400.0)

    rate_limit: int = _says("requests in a window; 0: any number", 0)
    rate_window_s: float = _says("length of that window", 60.0)
    rate_reset: str = _says("what X-RateLimit-Reset says: epoch or seconds", "epoch")
    retry_after_s: float = _says("what Retry-After says on a 429 or 503 fault; below 0: nothing", 1.0)

    fault_share: float = _says("share of calls that go wrong", 0.0)
    fault_kinds: tuple[str, ...] = _says("the ways in which they do", FAULTS)
    fault_routes: tuple[str, ...] = _says('only these routes, like "POST /embed-v2/tasks"; none: all', ())
    fault_seed: int = _says("the same seed gives the same faults in the same order of calls", 1)
    slow_s: float = _says("how long a slow answer takes", 5.0)

    transient_share: float = _says("share of contents whose first task fails, but no later one", 0.0)
    permanent_share: float = _says("share of contents whose every task fails", 0.0)
    limits_checked: str = _says("creation (400) or later (the task fails)", "creation")
    transient_message: str = _says(
        "what a task says that fails for once",
        "The embedding service is temporarily unstable. Please try again later.",
    )
    permanent_message: str = _says(
        "what a task says that always fails",
        "We could not process your media for embedding. Please verify the input file and try again.",
    )

    def changed(self, values: Mapping[str, Any]) -> Options:
        """Return these options with some of them replaced. Raises: ValueError for what is not one."""
        known = {option.name: option for option in fields(self)}
        if unknown := sorted(set(values) - set(known)):
            raise ValueError(f"no such option: {', '.join(unknown)}")
        return replace(self, **{name: _cast(value, getattr(self, name)) for name, value in values.items()})

    @classmethod
    def parsed(cls, arguments: argparse.Namespace) -> Options:
        given = {name: value for name, value in vars(arguments).items() if value is not None}
        return cls().changed({name: given[name] for name in given if name in cls.__dataclass_fields__})

    @classmethod
    def add_flags(cls, parser: argparse.ArgumentParser) -> None:
        for option in fields(cls):
            many = isinstance(option.default, tuple)
            parser.add_argument(
                f"--{option.name.replace('_', '-')}",
                dest=option.name,
                default=None,
                help=f"{option.metadata['help']} (default: {option.default or 'none'})".replace("%", "%%"),
                **({"nargs": "*"} if many else {"type": type(option.default)}),
            )

    def as_flags(self) -> list[str]:
        """Return the command line that gives these options again."""
        flags: list[str] = []
        for option in fields(self):
            value = getattr(self, option.name)
            if value != option.default:
                name = f"--{option.name.replace('_', '-')}"
                flags += [name, *map(str, value)] if isinstance(value, tuple) else [f"{name}={value}"]
        return flags


def _cast(value: Any, like: Any) -> Any:
    if isinstance(like, tuple):
        return (value,) if isinstance(value, str) else tuple(value)
    return type(like)(value)
