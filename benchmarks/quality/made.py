"""Vectors with a modality gap, made so that it is known which of them answer what.

Every vector has three coordinates that only say of which kind it is (what all items share, all texts, all
sounds), and a content in the other dimensions. A content is a subject in a setting, with what only its shot
has; a text says the subject alone, a clip is a further segment of a shot like those in the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.looks import Look

Array = NDArray[np.float64]
_AXES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A set in the words of the format."""

    items: NDArray[np.float32]
    queries: NDArray[np.float32]
    clips: NDArray[np.float32]
    truth: dict[str, Any]

    def describe(self) -> dict[str, float]:
        """Return means and spreads of its cosines, to be compared with those of real sets."""
        seen = self.items[[modality == "visual" for modality in self.truth["modality"]]][:2_000]
        texts, clips = self.queries @ seen.T, self.clips @ seen.T
        matches = [
            float(np.max(self.items[relevant] @ self.queries[query]))
            for query, relevant in enumerate(self.truth["relevant"])
            if relevant
        ]
        return {
            "text_item": round(float(texts.mean()), 3),
            "text_item_spread": round(float(texts.std(axis=1).mean()), 3),
            "text_match": round(float(np.mean(matches)), 3) if matches else 0.0,
            "clip_item": round(float(clips.mean()), 3),
            "clip_item_spread": round(float(clips.std(axis=1).mean()), 3),
            "text_text": round(float((self.queries @ self.queries.T).mean()), 3),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Segments:
    """What the segments of the library show, and where they are."""

    subject: NDArray[np.int64]
    setting: NDArray[np.int64]
    video: NDArray[np.int64]
    start_s: Array
    content: Array
    copy_of: NDArray[np.int64]
    """-1 for an original."""


class _Maker:
    def __init__(self, look: Look, items: int, seed: int) -> None:
        self.look = look
        self.rng = np.random.default_rng(seed)
        subjects = max(4, round(1.5 * items / look.per_subject))
        topics = max(2, subjects // 12)
        self.topic_of = self.rng.integers(topics, size=subjects)
        themes = self.directions(topics)
        own = self.directions(subjects)
        kept = np.sqrt(look.topic)
        self.subjects = _unit(kept * themes[self.topic_of] + np.sqrt(1 - look.topic) * own)
        self.settings = self.directions(max(3, int(np.sqrt(items) / 2)))
        # Every third subject is in no item: what is asked of it cannot be answered.
        self.present = np.flatnonzero(np.arange(subjects) % 3 != 2)
        self.absent = np.flatnonzero(np.arange(subjects) % 3 == 2)
        self.heard = self.rng.random(subjects) < look.audible

    # -- contents --

    def directions(self, count: int) -> Array:
        """Return random directions; the first coordinates say more than the last."""
        width = np.arange(1, self.look.dimension - _AXES + 1) ** -self.look.decay
        return _unit(self.rng.normal(size=(count, len(width))) * width)

    def contents(self, subject: NDArray[np.int64], setting: NDArray[np.int64], shot: Array) -> Array:
        look, flicker = self.look, self.directions(len(subject))
        return _unit(
            0.8 * self.subjects[subject]
            + look.setting * self.settings[setting]
            + look.shot * shot
            + look.flicker * flicker
        )

    def segments(self, count: int) -> _Segments:
        look, rng = self.look, self.rng
        sizes = (1.0 + rng.permutation(len(self.present))) ** -look.skew
        subject, setting, shot, length = [], [], [], 0
        while length < count:
            run = 1 if look.per_video == 1 else int(rng.integers(1, 7))
            subject += [int(rng.choice(self.present, p=sizes / sizes.sum()))] * run
            setting += [int(rng.integers(len(self.settings)))] * run
            shot += [self.directions(1)[0]] * run
            length += run
        subjects, settings = np.array(subject[:count]), np.array(setting[:count])
        content = self.contents(subjects, settings, np.stack(shot[:count]))
        copy_of = np.full(count, -1)
        for place in np.flatnonzero(rng.random(count) < look.copies):
            original = int(rng.integers(count))
            if copy_of[original] < 0 and original // look.per_video != place // look.per_video:
                subjects[place], settings[place] = subjects[original], settings[original]
                copy_of[place] = original
        places = np.arange(count)
        return _Segments(
            subject=subjects,
            setting=settings,
            video=places // look.per_video,
            start_s=np.asarray(5.0 * (places % look.per_video), np.float64),
            content=content,
            copy_of=copy_of,
        )

    # -- vectors --

    def pictures(self, content: Array, hub: Array | float = 0.0) -> Array:
        look = self.look
        along = np.sqrt(look.item_item) + self.rng.normal(size=len(content)) * look.item_wobble
        return _assembled(content, along, hub, 0.0)

    def texts(self, subject: NDArray[np.int64]) -> Array:
        look, rng, count = self.look, self.rng, len(subject)
        aside = np.sqrt(1 - look.fidelity**2)
        said = _unit(look.fidelity * self.subjects[subject] + aside * self.directions(count))
        length = np.clip(look.text_content * np.exp(look.sharpness * rng.normal(size=count)), 0.05, 0.8)
        base = np.sqrt(look.item_item)
        along = look.text_item / base + rng.normal(size=count) * look.text_wobble
        shared = np.sqrt(max(0.0, look.text_text - (look.text_item / base) ** 2))
        to_sound = (look.sound_text - along * self.sound_along) / self.sound_aside if look.sound else 0.0
        rest = np.sqrt(np.maximum(1 - length**2 - along**2 - shared**2 - np.square(to_sound), 0.0))
        # What is left is the text's own, in directions that no item has much of.
        own = _unit(rng.normal(size=said.shape))
        return _unit(_whole(length[:, None] * said + rest[:, None] * own, along, shared, to_sound))

    @property
    def sound_along(self) -> float:
        return self.look.sound_item / float(np.sqrt(self.look.item_item))

    @property
    def sound_aside(self) -> float:
        return float(np.sqrt(max(0.05, self.look.sound_sound - self.sound_along**2)))

    def sounds(self, segments: _Segments, places: NDArray[np.int64]) -> Array:
        subject = segments.subject[places]
        says = np.where(self.heard[subject], 0.8, 0.0)[:, None]
        content = _unit(says * self.subjects[subject] + 0.6 * self.directions(len(places)))
        along = self.sound_along + self.rng.normal(size=len(places)) * self.look.item_wobble
        return _assembled(content, along, 0.0, self.sound_aside)


def make(look: Look, items: int, queries: int, seed: int = 1) -> Made:
    """Return a set of about so many items (rows of both modalities) and so many texts, clips and pairs."""
    maker = _Maker(look, items, seed)
    rng = maker.rng
    segments = maker.segments(round(items / (1 + look.sound)))
    count = len(segments.subject)
    hub = np.where(rng.random(count) < look.hubs, look.hub_height / np.sqrt(look.text_text), 0.0)
    seen = maker.pictures(segments.content, hub)
    for place in np.flatnonzero(segments.copy_of >= 0):
        damage = rng.uniform(0.03, 0.17) * _unit(rng.normal(size=(1, look.dimension)))[0]
        seen[place] = _unit((seen[segments.copy_of[place]] + damage)[None])[0]
    loud = np.flatnonzero(rng.random(count) < look.sound)
    rows = np.concatenate([seen, maker.sounds(segments, loud)]) if len(loud) else seen
    place_of = np.concatenate([np.arange(count), loud])
    scenes = segments.subject * len(maker.settings) + segments.setting

    lost = rng.random((3, queries)) < look.lost
    text_subject = _chosen(maker, segments.subject, lost[0], queries)
    clip_subject = _chosen(maker, segments.subject, lost[1], queries)
    clip_setting = rng.integers(len(maker.settings), size=queries)
    models = rng.integers(count, size=queries)
    clip_subject[~lost[1]], clip_setting[~lost[1]] = (
        segments.subject[models][~lost[1]], segments.setting[models][~lost[1]])  # fmt: skip
    clips = maker.pictures(maker.contents(clip_subject, clip_setting, maker.directions(queries)))
    of_subject = [np.flatnonzero(segments.subject[place_of] == s).tolist() for s in text_subject]
    of_scene = [
        np.flatnonzero(scenes[place_of] == s * len(maker.settings) + p).tolist()
        for s, p in zip(clip_subject, clip_setting, strict=True)
    ]
    truth: dict[str, Any] = {
        "relevant": of_subject,
        "relevant_clips": of_scene,
        "pairs": _pairs(rng, queries, lost[2], of_subject, of_scene, text_subject, clip_subject),
        "video": [f"video{n:05d}" for n in segments.video[place_of]],
        "start_s": segments.start_s[place_of].tolist(),
        "end_s": (segments.start_s[place_of] + 5.0).tolist(),
        "modality": ["visual"] * count + ["audio"] * len(loud),
        "category": [f"category{n % look.categories}" for n in segments.video[place_of]],
    }
    return Made(
        rows.astype(np.float32), maker.texts(text_subject).astype(np.float32), clips.astype(np.float32), truth
    )


def _chosen(maker: _Maker, used: NDArray[np.int64], lost: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    present = maker.rng.choice(np.unique(used), size=count)
    return np.where(lost, maker.rng.choice(maker.absent, size=count), present)


def _pairs(
    rng: np.random.Generator,
    count: int,
    lost: NDArray[np.bool_],
    of_subject: list[list[int]],
    of_scene: list[list[int]],
    text_subject: NDArray[np.int64],
    clip_subject: NDArray[np.int64],
) -> list[list[Any]]:
    """Return (text, clip, items): words and a clip of one subject; of an unanswerable one both are lost."""
    pairs: list[list[Any]] = []
    for place in range(count):
        texts = [n for n, found in enumerate(of_subject) if bool(found) != lost[place]]
        if not texts:
            continue
        text = int(rng.choice(texts))
        clips = [n for n, found in enumerate(of_scene) if bool(found) != lost[place]]
        same = [n for n in clips if clip_subject[n] == text_subject[text]]
        clip = int(rng.choice(same or clips)) if clips else 0
        items = sorted(set(of_subject[text]) & set(of_scene[clip])) or sorted(
            {*of_subject[text], *of_scene[clip]}
        )
        pairs.append([text, clip, [] if lost[place] else items])
    return pairs


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _whole(content: Array, items: Array | float, texts: Array | float, sounds: Array | float) -> Array:
    axes = np.stack([np.broadcast_to(one, len(content)) for one in (items, texts, sounds)], axis=1)
    return np.concatenate([axes, content], axis=1)


def _assembled(content: Array, items: Array, texts: Array | float, sounds: Array | float) -> Array:
    """Return unit vectors with these coordinates, the rest of their length given to the content."""
    rest = 1 - np.square(items) - np.square(texts) - np.square(sounds)
    length = np.sqrt(np.maximum(np.broadcast_to(rest, len(content)), 1e-6))
    return _unit(_whole(length[:, None] * content, items, texts, sounds))
