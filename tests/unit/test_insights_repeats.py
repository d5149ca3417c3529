"""Repeats: copies of real footage, of generated vectors, and what only looks alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.config import Settings
from core.insights.repeats import Repeats, VideoFile, find_repeats
from core.library import open_library
from core.model.insights import Points
from tests.insight_library import permuted, planted_groups, points_of

SKIPPED_S = 3.7
SHORT = ("bottle-detection", "car-detection", "intel_fruit-and-vegetable-detection")
LONG = (
    "bottle-detection", "car-detection", "one-by-one-person-detection", "mdn_tears_of_steel_battle",
    "big_buck_bunny_0_30", "intel_fruit-and-vegetable-detection",
)  # fmt: skip


def copied(
    source: Path, target: Path, *, skip_s: float = 0.0, bright: bool = False, lines: int = 144
) -> None:
    """Write the picture again: smaller, at a lower bitrate, without its start, brighter."""
    with av.open(str(source)) as film, av.open(str(target), "w") as copy:
        video = film.streams.video[0]
        scale = min(1.0, lines / video.height)
        width, height = int(video.width * scale) // 2 * 2, int(video.height * scale) // 2 * 2
        options = {"crf": "32", "preset": "ultrafast"}
        picture = copy.add_stream("libx264", rate=video.average_rate, options=options)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.codec_context.time_base = Fraction(1, 90000)
        for frame in film.decode(video):
            if frame.time is None or frame.time < skip_s:
                continue
            drawn = frame.reformat(width, height, "yuv420p").to_ndarray()
            if bright:
                drawn[:height] = np.clip(drawn[:height] * 1.12 + 8, 0, 255).astype(np.uint8)
            again = av.VideoFrame.from_ndarray(drawn, "yuv420p")
            again.time_base, again.pts = Fraction(1, 90000), round((frame.time - skip_s) * 90000)
            copy.mux(picture.encode(again))
        copy.mux(picture.encode(None))


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.soak)])
def seen(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Points, dict[str, VideoFile], dict[str, str]]:
    """Return points of footage and copies, their files, and the title of each video.

    All footage with the demo clips takes two minutes, so that is a trial of its own.
    """
    folder = Path(__file__).parents[3] / "shared" / "footage"
    if not folder.is_dir():
        pytest.skip("the real footage (../shared/footage) is not beside the project")
    originals = sorted(file for file in folder.iterdir() if file.suffix in (".mp4", ".webm", ".mov"))
    work = tmp_path_factory.mktemp("copies")
    jobs: list[Callable[[], None]] = []
    if request.param == "some":
        originals = [file for file in originals if file.stem in SHORT]
    for name in LONG if request.param == "all" else SHORT:
        source = next(file for file in originals if file.stem == name)
        jobs.append(lambda s=source: copied(s, work / f"{s.stem}--small.mp4"))  # type: ignore[misc]
        jobs.append(lambda s=source: copied(s, work / f"{s.stem}--trim.mp4", skip_s=SKIPPED_S))  # type: ignore[misc]
        jobs.append(lambda s=source: copied(s, work / f"{s.stem}--bright.mp4", bright=True))  # type: ignore[misc]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda job: job(), jobs))
    with open_library(Settings(data_dir=work / "data", engine="preview")) as library:
        for file in (*originals, *sorted(work.glob("*.mp4"))):
            library.add_file(file)
        if request.param == "all":
            library.add_demo()
        library.wait(timeout_s=600)
        videos = {video.id: video for video in library.videos()}
        archive = library._parts.archive
        rows = [
            (entry.video_id, part)
            for entry in sorted(archive.entries(), key=lambda entry: entry.video_id)
            for part in archive.read(entry.video_id, entry.space, entry.recipe)
            if part.scope == "clip" and part.modality == "visual"
        ]
    ids = tuple(sorted({video_id for video_id, _ in rows}))
    rows.sort(key=lambda row: (row[0], row[1].segment))
    points = Points(
        "preview_v1_512", "visual", ids,
        np.array([ids.index(video_id) for video_id, _ in rows], np.int32),
        np.array([part.segment.start_s for _, part in rows]),
        np.array([part.segment.end_s for _, part in rows]),
        np.stack([part.vector for _, part in rows]), len(rows),
    )  # fmt: skip
    files = {v.id: VideoFile(v.duration_s, v.size_bytes, v.added_at) for v in videos.values()}
    return points, files, {v.id: v.title for v in videos.values()}


def source_of(title: str) -> str:
    """Return what footage a title is from; two files of it are encodes of the same cartoon."""
    return "big_buck_bunny_0_30" if title.startswith("bbb_") else title.split("--")[0]


@pytest.mark.timeout(600)
def test_copies_of_real_footage_are_found(
    seen: tuple[Points, dict[str, VideoFile], dict[str, str]],
) -> None:
    """Of re-encoded, trimmed and brightened copies 95 % of the minutes are found, in no false group."""
    points, files, titles = seen
    found = find_repeats(points, files)
    for group in found.groups:
        assert len({source_of(titles[member.video_id]) for member in group.members}) == 1
    copies = {video_id for video_id, title in titles.items() if "--" in title}
    got = {member.video_id: member.segment.duration_s for g in found.groups for member in g.members}
    recall = sum(got.get(v, 0.0) for v in copies) / sum(files[v].duration_s for v in copies)
    assert recall >= 0.95
    deleted = {video_id for group in found.groups for video_id in group.delete}
    assert all("--" in titles[v] or titles[v].startswith("bbb_") for v in deleted)
    for group in found.groups:
        assert group.saved_minutes == pytest.approx(sum(files[v].duration_s for v in group.delete) / 60)
        assert group.keep not in group.delete


@pytest.mark.timeout(600)
@pytest.mark.parametrize("parts", [2, 3, 4])
def test_parts_of_one_take_are_no_repeats(
    seen: tuple[Points, dict[str, VideoFile], dict[str, str]], parts: int
) -> None:
    """The same still camera at another time looks alike and is no repeat."""
    points, _, titles = seen
    owners, starts, ends, kept = [], [], [], []
    many = 0
    for number, video_id in enumerate(points.video_ids):
        if "--" in titles[video_id] or titles[video_id].startswith("bbb_"):
            continue
        for rows in np.array_split(np.flatnonzero(points.video_of == number), parts):
            if len(rows):
                owners += [many] * len(rows)
                starts += (points.start_s[rows] - points.start_s[rows[0]]).tolist()
                ends += (points.end_s[rows] - points.start_s[rows[0]]).tolist()
                kept += rows.tolist()
                many += 1
    cut = Points("preview_v1_512", "visual", tuple(f"part-{n:03d}" for n in range(many)),
                 np.array(owners, np.int32), np.array(starts), np.array(ends), points.vectors[kept],
                 len(kept))  # fmt: skip
    assert find_repeats(cut, files_of(cut)).groups == ()


def files_of(points: Points) -> dict[str, VideoFile]:
    """Return files as long as their last segment reaches; of equal ones the first is the largest."""
    return {
        video_id: VideoFile(float(points.end_s[points.video_of == n].max(initial=0)), 10**6 - n,
                            datetime(2026, 1, 1, tzinfo=UTC))
        for n, video_id in enumerate(points.video_ids)
    }  # fmt: skip


def with_copies(points: Points, seed: int, many: int) -> tuple[Points, dict[tuple[int, int], float]]:
    """Return the points with copies that begin up to 20 s later, noisy and all shifted one way."""
    chance = np.random.default_rng(seed)
    first = len(points.video_ids)
    shift = chance.standard_normal(points.vectors.shape[1])
    shift = shift * (0.1 / np.linalg.norm(shift))
    vectors, starts, ends, owners = [points.vectors], [points.start_s], [points.end_s], [points.video_of]
    truth: dict[tuple[int, int], float] = {}
    large = np.flatnonzero(np.bincount(points.video_of) >= 10)
    for copy, video in enumerate(chance.choice(large, many, replace=False).tolist()):
        rows = np.flatnonzero(points.video_of == video)
        skip_s = float(chance.uniform(0, 20))
        length = float(np.max(points.end_s[rows])) - skip_s
        start_s = np.arange(0, length - 2, 6.0)
        end_s = np.minimum(start_s + 6, length)
        shared = np.minimum(points.end_s[rows][:, None], end_s + skip_s) - np.maximum(
            points.start_s[rows][:, None], start_s + skip_s
        )
        shown = np.maximum(shared, 0).T @ points.vectors[rows]
        shown /= np.linalg.norm(shown, axis=1, keepdims=True)
        shown += shift + 0.15 * chance.standard_normal(shown.shape) / np.sqrt(shown.shape[1])
        vectors.append((shown / np.linalg.norm(shown, axis=1, keepdims=True)).astype(np.float32))
        starts.append(start_s)
        ends.append(end_s)
        owners.append(np.full(len(start_s), first + copy, np.int32))
        truth[video, first + copy] = length
    ids = (*points.video_ids, *(f"video-x{copy:04d}" for copy in range(many)))
    place = (np.concatenate(owners), np.concatenate(starts), np.concatenate(ends))
    together = np.concatenate(vectors)
    return Points(points.space_key, "visual", ids, *place, together, len(together)), truth


@pytest.mark.timeout(120)
@pytest.mark.parametrize("anisotropic", [False, True])
def test_copies_among_ten_thousand_segments(anisotropic: bool) -> None:
    """Noisy, trimmed copies are found among segments of the same groups, and nothing else is."""
    sizes = [round(1.4 * size) for size in (2000, 1400, 1000, 700, 500, 350, 240, 160, 110, 70, 40, 20)]
    points, _ = planted_groups(3, sizes, anisotropic=anisotropic, videos=200)
    points, truth = with_copies(points, 1, 30)
    assert len(points) > 10_000
    found = find_repeats(points, files_of(points))
    assert {(s.first, s.second) for s in found.stretches} <= set(truth)
    assert sum(s.seconds for s in found.stretches) >= 0.95 * sum(truth.values())


def small_library(seed: int = 2) -> Points:
    points, _ = planted_groups(seed, [90, 80, 70, 60], dimension=64, videos=12)
    return with_copies(points, seed, 3)[0]


def plain(found: Repeats) -> object:
    return [(g.kind, g.keep, g.delete, tuple(m.video_id for m in g.members)) for g in found.groups]


def test_the_order_of_rows_has_no_say() -> None:
    """The same segments in another order are the same repeats."""
    points = small_library()
    order = np.random.default_rng(0).permutation(len(points))
    files = files_of(points)
    found = find_repeats(points, files)
    assert found.groups
    assert plain(found) == plain(find_repeats(permuted(points, order), files))


def test_what_is_kept() -> None:
    """Of copies the longest is kept, then the largest file, then the oldest."""
    points = small_library()
    files = files_of(points)
    for group in find_repeats(points, files).groups:
        rank = {m.video_id: (-round(files[m.video_id].duration_s), -files[m.video_id].size_bytes)
                for m in group.members}  # fmt: skip
        assert group.keep == min(rank, key=lambda video_id: rank[video_id])


def test_nothing_one_video_and_rows_that_are_all_the_same() -> None:
    """No footage, one video, or footage in which nothing changes has no repeats."""
    for rows, owners in ((0, []), (30, [0] * 30), (40, [n // 10 for n in range(40)])):
        points = points_of(np.ones((rows, 16)), owners)
        assert find_repeats(points, files_of(points)).groups == ()


def test_it_can_be_stopped() -> None:
    """What the report raises ends the work."""
    points = small_library()

    def stop(done: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        find_repeats(points, files_of(points), stop)
