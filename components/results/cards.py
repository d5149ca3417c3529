"""One moment as the browser draws it: its cue, its parts, its steps, its raw hits, those like it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.film import film_of
from components.player import Cue, cue_of
from components.results.naming import PLACES

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Hit, Modality, Moment, Part, Video


class Cues:
    """Makes the cues of one list: what belongs to a video and not to a moment is asked for once."""

    def __init__(self, library: Library, videos: Mapping[str, Video]) -> None:
        self._library = library
        self._videos = videos
        self._whole: dict[str, Cue] = {}

    def knows(self, moment: Moment) -> bool:
        """Return whether the video is still there: it may have been deleted since the search."""
        return moment.video_id in self._videos

    def cue(self, video_id: str, start_s: float, end_s: float) -> Cue:
        """Return the cue of one moment, its nonce made of the place."""
        if video_id not in self._whole:
            self._whole[video_id] = cue_of(self._library, self._videos[video_id], start_s, end_s)
        return replace(
            self._whole[video_id],
            start_s=start_s,
            end_s=end_s,
            poster=self._library.thumbnail_link(video_id, (start_s + end_s) / 2),
            nonce=f"{video_id}@{start_s:.3f}-{end_s:.3f}",
        )

    def film(self, cue: Cue) -> dict[str, Any] | None:
        """Return the small pictures of one moment, only the sheets that show it; None: there are none."""
        return film_of(self._library, cue.video_id, cue.start_s, cue.end_s)


def card(cues: Cues, moment: Moment, steps: Sequence[str]) -> dict[str, Any]:
    """Return everything that a card shows, folded parts included."""
    return {
        **tile(cues, moment),
        "score": round(moment.score, 4),
        "parts": [[PLACES[modality], round(value, 4)] for modality, value in part_sums(moment).items()],
        "steps": [_step(hit, steps) for hit in moment.hits] if steps else [],
        "hits": [_hit(hit) for hit in moment.hits],
        "similar": [tile(cues, one) for one in moment.similar if cues.knows(one)],
    }


def tile(cues: Cues, moment: Moment) -> dict[str, Any]:
    """Return what a small picture of a moment shows, and its film where it has one."""
    cue = cues.cue(moment.video_id, moment.start_s, moment.end_s)
    return {"id": cue.nonce, "cue": cue.told(), "band": moment.band, "film": cues.film(cue)}


def part_sums(moment: Moment) -> dict[Modality, float]:
    """Return what each modality adds to the score (negative: takes away), summed over the terms.

    Of the best hit; of a sequence the mean over its steps, each of which is one hit.
    """
    if not moment.hits:
        return {}
    steps = {hit.step for hit in moment.hits}
    counted = moment.hits if len(steps) > 1 else moment.hits[:1]
    sums = sum_parts(part for hit in counted for part in hit.parts)
    return {modality: value / len(counted) for modality, value in sums.items()}


def sum_parts(parts: Iterable[Part]) -> dict[Modality, float]:
    """Return the sum of the parts of each modality, in the order of `PLACES`."""
    sums: dict[Modality, float] = {}
    for part in parts:
        sums[part.modality] = sums.get(part.modality, 0.0) + part.value
    return {modality: sums[modality] for modality in PLACES if modality in sums}


def _step(hit: Hit, names: Sequence[str]) -> dict[str, Any]:
    name = names[hit.step] if hit.step < len(names) else ""
    return {"number": hit.step + 1, "name": name, "start_s": hit.segment.start_s}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "start_s": hit.segment.start_s,
        "end_s": hit.segment.end_s,
        "score": round(hit.score, 4),
        "step": hit.step,
        # Lists, not objects: there may be thousands of these in one list of results.
        "parts": [
            [
                part.term,
                PLACES[part.modality],
                round(part.cosine, 4),
                round(part.background, 4),
                round(part.value, 4),
            ]
            for part in hit.parts
        ],
    }
