"""Why a task failed after it was started, and whether another one may succeed."""

from __future__ import annotations

import logging
import re
from typing import Final

from core.embedding.port import TaskStatus
from core.errors import NotFound

log = logging.getLogger(__name__)

_GONE: Final = "no longer available"
_FOR_GOOD: Final = re.compile(
    r"exceed|context window|invalid|could not process your media|too (short|long|large|small)"
    r"|resolution|aspect ratio|not supported|unsupported|corrupt",
    re.I,
)
_MEASURED: Final = re.compile(
    r"^(?P<what>[\w ]{1,30}) \((?P<found>[\d.,]+ ?[\w ]{1,12})\) exceeds maximum limit of "
    r"(?P<limit>[\d.,]+ ?[a-z]{1,12})",
    re.I,
)
"""Source: “Duration (35.0 seconds) exceeds maximum limit of 30 seconds (0 minutes)”."""


def failed_status(message: str | None) -> TaskStatus:
    """Return the status of a failed task, with a sentence of ours.

    What is not known to be the file's own fault is worth another try: a failed task is not billed,
    and how often one is started is bounded elsewhere.

    Raises: NotFound where the provider says that it no longer has the result.
    Source: the docstring of the SDK's `EmbeddingTaskResponseError` lists the messages.
    """
    said = message or ""
    if _GONE in said.lower():
        raise NotFound("Twelve Labs no longer has the embeddings of this video. It is embedded again.")
    for_good = _FOR_GOOD.search(said) is not None
    log.warning("engine.task_failed for_good=%s", for_good)
    if not for_good:
        return TaskStatus("failed", message="Twelve Labs could not finish this video.", retry=True)
    return TaskStatus("failed", message=_sentence(said))


def _sentence(said: str) -> str:
    measured = _MEASURED.search(said)
    if measured is not None:
        return (
            f"Twelve Labs does not take this video: its {measured['what'].lower()} is {measured['found']}, "
            f"and the most is {measured['limit']}. Cut or convert it, and add that."
        )
    lower = said.lower()
    if "could not process your media" in lower:
        return (
            "Twelve Labs could not process this file; it may be damaged. "
            "Convert it to an MP4 (H.264, AAC) and add that."
        )
    if "maximum allowed size" in lower:
        return "This file is larger than Twelve Labs takes. Convert it at a lower bit rate, and add that."
    if "context window" in lower:
        return "This video holds more than Marengo takes at once. Cut it into shorter files and add those."
    if "request was invalid" in lower:
        return "Twelve Labs does not accept how this video is to be embedded. Check the model's settings."
    return f"Twelve Labs could not embed this video: {_plain(said)} Convert or cut it, and add that."


def _plain(said: str) -> str:
    """Return a provider's sentence on one line, without addresses and of a readable length."""
    words = " ".join(re.sub(r"\S*://\S+", "…", said).split()).rstrip(". ")
    return f"{words[:200]}."
