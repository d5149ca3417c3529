"""The stand-in's assets and multipart uploads, sent by the real SDK."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from twelvelabs import CompletedChunk, TwelveLabs
from twelvelabs.core.api_error import ApiError
from twelvelabs.types import CreateAssetUploadResponse

from tests.twelvelabs_bench import begun, client_of, film, finished, uploaded
from tests.twelvelabs_server.running import StandIn, standing_in

CHUNK = 20_000


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with standing_in(chunk_bytes=CHUNK, first_urls=2) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: StandIn) -> TwelveLabs:
    return client_of(server)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with bytes behind it, so that it has a few chunks; they do not hurt an MP4."""
    path = film(tmp_path_factory.mktemp("films") / "clip.mp4", ["red", "green"])
    size = path.stat().st_size
    with path.open("ab") as file:
        padding = 4 * CHUNK + 123 - size
        file.write(padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


def opened(client: TwelveLabs, clip: Path) -> CreateAssetUploadResponse:
    return client.multipart_upload.create(filename="clip.mp4", type="video", total_size=clip.stat().st_size)


def put(url: str | None, clip: Path, index: int, chunk: int = CHUNK) -> httpx.Response:
    """Send one chunk as a client without a key does."""
    with clip.open("rb") as file:
        file.seek((index - 1) * chunk)
        return httpx.put(str(url), content=file.read(chunk))


def completed(index: int, answer: httpx.Response, size: int = CHUNK) -> CompletedChunk:
    return CompletedChunk(chunk_index=index, proof=answer.headers["ETag"], proof_type="etag", chunk_size=size)


def test_a_file_becomes_an_asset_with_its_facts(client: TwelveLabs, clip: Path) -> None:
    """Name, size, duration and picture of a file that was sent directly."""
    shown = client.assets.retrieve(uploaded(client, clip, "ours.mp4"))
    assert (shown.status, shown.method, shown.filename) == ("ready", "direct", "ours.mp4")
    assert (shown.size, shown.duration) == (clip.stat().st_size, pytest.approx(8, abs=0.1))
    assert shown.technical_metadata is not None
    assert (shown.technical_metadata.video_width, shown.technical_metadata.video_height) == (640, 360)


def test_an_asset_is_processing_and_then_ready_or_failed(clip: Path, tmp_path: Path) -> None:
    """What can be read becomes ready after its time, what cannot fails with a message."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film at all" * 100)
    with standing_in(asset_s=60) as server:
        client = client_of(server)
        good, bad = uploaded(client, clip), uploaded(client, broken)
        assert {client.assets.retrieve(one).status for one in (good, bad)} == {"processing"}
        server.control(asset_s=0)
        assert client.assets.retrieve(good).status == "ready"
        failed = client.assets.retrieve(bad)
        assert failed.status == "failed"
        assert failed.error is not None


def test_assets_are_listed_by_page_and_part_of_a_name(clip: Path) -> None:
    """Newest first; the name filter is a part of the name in any case."""
    with standing_in() as server:
        client = client_of(server)
        sent = [uploaded(client, clip, name) for name in ("Alpha-1.mp4", "beta.mp4", "alpha-2.mp4")]
        assert [asset.id for asset in client.assets.list(page_limit=2)] == sent[::-1]
        found = client.assets.list(filename="ALPHA", page_limit=1)
        assert [asset.id for asset in found] == [sent[2], sent[0]]
        assert [asset.id for asset in client.assets.list(asset_ids=[sent[1]])] == [sent[1]]
        assert list(client.assets.list(asset_types=["audio"])) == []


def test_a_deleted_asset_is_gone_but_its_task_goes_on(
    client: TwelveLabs, server: StandIn, clip: Path
) -> None:
    """Retrieving or deleting it again is a 404; results of it stay."""
    asset_id = uploaded(client, clip)
    task_id = begun(client, asset_id)
    client.assets.delete(asset_id)
    for again in (client.assets.retrieve, client.assets.delete):
        with pytest.raises(ApiError) as gone:
            again(asset_id)
        assert gone.value.status_code == 404
    assert finished(client, task_id).status == "ready"
    assert asset_id not in [asset["id"] for asset in server.statistics()["open_assets"]]


def test_a_direct_upload_has_a_limit(clip: Path) -> None:
    """More than the limit is a 413, whether or not it says so before it is read."""
    with standing_in(direct_limit=clip.stat().st_size - 1) as server:
        with pytest.raises(ApiError) as refused:
            uploaded(client_of(server), clip)
        assert refused.value.status_code == 413
        server.control(direct_limit=clip.stat().st_size)
        uploaded(client_of(server), clip)
        assert len(server.statistics()["open_assets"]) == 1


def test_a_file_in_chunks_becomes_the_same_asset(client: TwelveLabs, server: StandIn, clip: Path) -> None:
    """Chunks in any order, addresses asked for as needed, reported in batches: the same bytes arrive."""
    session = opened(client, clip)
    assert (session.chunk_size, session.total_chunks) == (CHUNK, 5)
    urls = {chunk.chunk_index: chunk.url for chunk in session.upload_urls or []}
    assert sorted(urls) == [1, 2]
    more = client.multipart_upload.get_additional_presigned_urls(session.upload_id, start=3, count=50)
    assert more.count == 3
    urls |= {chunk.chunk_index: chunk.url for chunk in more.upload_urls or []}
    answers = {index: put(urls[index], clip, index) for index in (5, 3, 1, 2, 4)}
    sizes = {5: 123}
    first, rest = [5, 3], [1, 2, 4, 5]
    for batch, total, twice in ((first, 2, 0), (rest, 5, 1)):
        told = client.multipart_upload.report_chunk_batch(
            session.upload_id,
            completed_chunks=[completed(index, answers[index], sizes.get(index, CHUNK)) for index in batch],
        )
        assert (told.total_completed, told.duplicate_chunks) == (total, twice)
    assert told.url
    assert session.asset_id is not None
    assert client.assets.retrieve(session.asset_id).status == "ready"
    (kept,) = [one for one in server.statistics()["open_assets"] if one["id"] == session.asset_id]
    assert kept["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()


def test_the_status_of_a_session_tells_each_chunk(client: TwelveLabs, clip: Path) -> None:
    """Uploaded but not reported is pending; a wrong proof is failed; pages as everywhere."""
    session = opened(client, clip)
    urls = {chunk.chunk_index: chunk.url for chunk in session.upload_urls or []}
    answers = {index: put(urls[index], clip, index) for index in (1, 2)}
    wrong = CompletedChunk(chunk_index=2, proof="0" * 32, proof_type="etag", chunk_size=CHUNK)
    client.multipart_upload.report_chunk_batch(
        session.upload_id, completed_chunks=[completed(1, answers[1]), wrong]
    )
    pager = client.multipart_upload.get_status(session.upload_id, page_limit=2)
    assert [(chunk.index, chunk.status) for chunk in pager] == [
        (1, "completed"), (2, "failed"), (3, "pending"), (4, "pending"), (5, "pending"),
    ]  # fmt: skip
    assert session.upload_id in [one.upload_id for one in client.multipart_upload.list_incomplete_uploads()]
    assert session.asset_id is not None
    assert client.assets.retrieve(session.asset_id).status == "processing"


def test_a_presigned_address_is_good_once_and_for_an_hour(
    client: TwelveLabs, server: StandIn, clip: Path
) -> None:
    """It needs no key; the second time, or later, it is a 403."""
    session = opened(client, clip)
    first, second = (chunk.url for chunk in session.upload_urls or [])
    assert put(first, clip, 1).status_code == 200
    assert put(first, clip, 1).status_code == 403
    server.control(clock_offset_s=3601)
    assert put(second, clip, 2).status_code == 403
    fresh = client.multipart_upload.get_additional_presigned_urls(session.upload_id, start=2, count=1)
    assert put((fresh.upload_urls or [])[0].url, clip, 2).status_code == 200
    server.control(clock_offset_s=0)


def test_a_session_expires_after_a_day(client: TwelveLabs, server: StandIn, clip: Path) -> None:
    """Its status says expired; there are no more addresses."""
    session = opened(client, clip)
    server.control(clock_offset_s=86401)
    pager = client.multipart_upload.get_status(session.upload_id)
    assert pager.response is not None
    assert pager.response._response.json()["status"] == "expired"
    with pytest.raises(ApiError) as refused:
        client.multipart_upload.get_additional_presigned_urls(session.upload_id, start=1, count=1)
    assert refused.value.status_code == 400
    server.control(clock_offset_s=0)


def test_an_unknown_session_is_a_404(client: TwelveLabs) -> None:
    """As is everything that does not exist."""
    with pytest.raises(ApiError) as unknown:
        client.multipart_upload.get_status("6" * 24)
    assert unknown.value.status_code == 404
