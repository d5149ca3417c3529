"""The vectors of a finished task or of a query, in the shape of the SDK's EmbeddingData."""

from __future__ import annotations

from typing import Any

from tests.twelvelabs_server.account import Task
from tests.twelvelabs_server.segments import Span, heard, seen, spans, spoken
from tests.twelvelabs_server.vectors import vector
from tests.twelvelabs_server.watching import Watched
from tests.twelvelabs_server.words import Description, described, unit


def described_as(option: str, watched: Watched, span: Span | None) -> Description:
    """Return what a stretch is in one modality."""
    return {"visual": seen, "audio": heard, "transcription": spoken}[option](watched, span)


def embeddings(task: Task, watched: Watched) -> list[dict[str, Any]]:
    """Return all embeddings that a task asked for, segment by segment."""
    whole = (task.start_s, task.end_s)
    asked: list[tuple[str, Span]] = []
    if {"clip", "local"} & set(task.scopes):
        asked += [("clip", span) for span in spans(watched, task.segmentation, *whole)]
    if "asset" in task.scopes:
        asked.append(("asset", whole))
    # What has no sound has nothing to hear: such a file gets no embedding of that modality.
    options = [option for option in task.options if option == "visual" or watched.facts.has_sound]
    data: list[dict[str, Any]] = []
    for scope, span in asked:
        parts = {option: described_as(option, watched, span) for option in options}
        if "separate_embedding" in task.types:
            data += [_entry(option, scope, span, parts[option], task) for option in options]
        if "fused_embedding" in task.types and parts:
            words = " ".join(entry["text"] for entry in task.metadata if _overlaps(entry, span))
            together = unit(sum(parts.values(), 1.5 * described(words) if words else 0 * described("")))
            data.append(_entry("fused", scope, span, together, task))
    return data


def _overlaps(entry: dict[str, Any], span: Span) -> bool:
    moment = entry["start"] == entry["end"] and span[0] <= entry["start"] < span[1]
    return moment or (entry["start"] < span[1] and entry["end"] > span[0])


def _entry(option: str, scope: str, span: Span, description: Description, task: Task) -> dict[str, Any]:
    return entry(vector(description, task.model, task.dimension), option, scope, span)


def entry(
    values: list[float], option: str | None = None, scope: str | None = None, span: Span | None = None
) -> dict[str, Any]:
    """Return one EmbeddingData; texts and pictures have neither option, scope nor times."""
    return {
        "embedding": values,
        "embedding_option": option,
        "embedding_scope": scope,
        "start_sec": span[0] if span else None,
        "end_sec": span[1] if span else None,
    }


def usage(counted: dict[str, int], truncated: bool = False) -> dict[str, Any]:
    """Return the usage object of Marengo 3.5."""
    used: dict[str, Any] = {"input_tokens": counted, "truncated": truncated}
    if truncated:
        used["truncation_reason"] = "model_context_window"
    return used


def spoiled(data: list[dict[str, Any]], fault: str | None) -> list[dict[str, Any]]:
    """Return embeddings as a fault leaves them: the last one with a NaN, or all too short."""
    if fault == "nan" and data:
        broken = [float("nan"), *data[-1]["embedding"][1:]]
        return [*data[:-1], data[-1] | {"embedding": broken}]
    if fault == "dimension":
        return [item | {"embedding": item["embedding"][:-1]} for item in data]
    return data
