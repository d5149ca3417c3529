"""What a run of `make bench` found, as one JSON file: figures, and the machine they are of.

A file is filled measurement by measurement: a run that is cut off leaves what it measured, and a later one
may add another size to it. It names no host and no path.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, TypeAlias

import psutil

PACKAGES: Final = ("pymilvus", "milvus-lite", "milvus", "faiss-cpu", "numpy", "streamlit")


@dataclass(frozen=True)
class Way:
    """One way of finding the ten nearest of many vectors."""

    name: str
    ms: float
    """Median of one search."""
    p95_ms: float
    recall: float
    """Share of the ten that brute force finds."""
    filtered_ms: float
    """Median with a filter that an eighth of the rows satisfies."""
    filtered_recall: float


@dataclass(frozen=True)
class Searching:
    """Every way in one process, over the same vectors and questions."""

    engine: str
    """``lite`` or ``server``."""
    rows: int
    index: str
    """The type of index that was chosen."""
    ways: tuple[Way, ...]
    whole_ms: float
    """A whole search of the application: backgrounds, lists, moments and folding, for words typed before."""
    whole_p95_ms: float
    whole_filtered_ms: float
    filled_s: float
    """Writing all rows through the index."""
    settled_s: float
    """From then until searches are as fast as they get: indexes built, or the copy in memory filled."""
    milvus_mb: int
    """Memory of the Milvus server, or by how much this process grew when Milvus Lite was filled and asked."""
    copy_mb: int | None
    """By how much this process grew with the copy in memory; None without one."""


@dataclass(frozen=True)
class Ingesting:
    """Rows a second, median over the turns."""

    engine: str
    rows: int
    bare: int
    """What pymilvus inserts alone."""
    ours: int
    """From the archive, checked, with marks and sums."""
    ratio: float


@dataclass(frozen=True)
class Starting:
    """The application from nothing to an answer; files may be in the system's cache."""

    embeddings: int
    ready_s: float
    """From the start of the process until it says that it is ready."""
    first_search_s: float
    """From the same start until the first visitor, who was waiting, sees the results of a search."""
    memory_mb: int
    """Of the process, after that."""


@dataclass(frozen=True)
class Crowd:
    """So many sessions, each asking something every three seconds."""

    sessions: int
    runs: int
    p50_ms: float
    """From the question to the end of the page's run."""
    p95_ms: float
    faults: int
    memory_mb: int
    cores_used: float
    """Processor time of the application by the clock."""


@dataclass(frozen=True)
class Crowds:
    """One application and its visitors, on Milvus Lite."""

    embeddings: int
    cores: str
    """What the application and the sessions had."""
    crowds: tuple[Crowd, ...]


@dataclass(frozen=True)
class Calls:
    """Three terms in two modalities with a filter, beside the calls to Milvus Lite that it makes."""

    rows: int
    whole_ms: float
    bare_ms: float
    """The same calls made again, bare."""
    ratio: float
    """Median of the tries' own ratios."""
    again_ratio: float
    """The same for a query that was asked before, at other weights."""
    copied_ms: float
    """The whole search out of the copy in memory."""


Figures: TypeAlias = Searching | Ingesting | Starting | Crowds | Calls

_KINDS: Final[dict[str, type]] = {
    "searching": Searching,
    "ingesting": Ingesting,
    "starting": Starting,
    "crowds": Crowds,
    "calls": Calls,
}


@dataclass(frozen=True)
class Machine:
    """What all was measured on."""

    processor: str
    cores: int
    """Those that the run might use."""
    memory_gib: int
    system: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Results:
    """All figures by name, and why others are missing."""

    machine: Machine
    short: bool
    figures: dict[str, Figures] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    loads: dict[str, float] = field(default_factory=dict)
    """How many processes wanted a core of the whole machine when a measurement began, by the last minute."""

    def having(self, name: str, figures: Figures, load: float) -> Results:
        """Return the same with these figures in the place of those of the same name."""
        missing = {other: why for other, why in self.missing.items() if other != name}
        figured, loads = self.figures | {name: figures}, self.loads | {name: round(load, 1)}
        return replace(self, figures=figured, missing=missing, loads=loads)

    def lacking(self, name: str, why: str) -> Results:
        """Return the same with a reason; figures of that name from before stay."""
        return replace(self, missing=self.missing | {name: why})

    def of(self, kind: type[Any]) -> list[Any]:
        """Return all figures of one kind, in the order in which they were measured first."""
        return [one for one in self.figures.values() if isinstance(one, kind)]


def this_machine() -> Machine:
    """Return what this process runs on."""
    return Machine(
        processor=_processor(),
        cores=len(usable_cores()) or os.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()}, Python {platform.python_version()}",
        versions={name: found for name in PACKAGES if (found := _version(name))},
    )


def usable_cores() -> list[int]:
    """Return the cores that this process may use; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def to_json(figures: Figures) -> dict[str, Any]:
    """Return figures as `from_json` reads them."""
    [kind] = [name for name, one in _KINDS.items() if isinstance(figures, one)]
    return {"kind": kind, **asdict(figures)}


def from_json(told: dict[str, Any]) -> Figures:
    """Return figures from what `to_json` made of them."""
    given = {name: value for name, value in told.items() if name != "kind"}
    if "ways" in given:
        given["ways"] = tuple(Way(**way) for way in given["ways"])
    if "crowds" in given:
        given["crowds"] = tuple(Crowd(**crowd) for crowd in given["crowds"])
    figures: Figures = _KINDS[told["kind"]](**given)
    return figures


def save(results: Results, file: Path) -> None:
    """Write a file that is never half there."""
    told = {
        "machine": asdict(results.machine),
        "short": results.short,
        "figures": {name: to_json(one) for name, one in results.figures.items()},
        "missing": results.missing,
        "loads": results.loads,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(file)


def load(file: Path) -> Results:
    """Read what `save` wrote."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        machine=Machine(**told["machine"]),
        short=told["short"],
        figures={name: from_json(one) for name, one in told["figures"].items()},
        missing=told["missing"],
        loads=told["loads"],
    )
