"""Queries to Marengo: words, pictures, clips and sounds, with the real SDK against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from core.config import Settings
from core.embedding.port import QueryLimits, QueryVectors, Sample
from core.embedding.twelvelabs.engine import TwelveLabsEmbedder
from core.embedding.twelvelabs.examples import Examples
from core.embedding.twelvelabs.limits import PICTURE
from core.errors import EngineUnavailable, MediaMissing, MediaRefused, QueryRefused
from core.media.probe import probe
from core.model import Segment
from tests.made_media import Film, made, sound_only
from tests.scenes import Scene, write
from tests.twelvelabs_server.running import KEY, StandIn, standing_in

QUERY = "POST /embed-v2"
SEEN_AND_HEARD = {"visual", "audio"}
ALL_OF_30 = {"visual", "audio", "transcription"}


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def server(running: StandIn) -> StandIn:
    running.control(reset=True, fault_share=0.0)
    return running


def engine(server: StandIn, tmp_path: Path, model: str, **more: Any) -> TwelveLabsEmbedder:
    return TwelveLabsEmbedder(
        Settings(
            data_dir=tmp_path,
            model=model,  # type: ignore[arg-type]  # named by the test
            twelve_labs_api_key=SecretStr(KEY),
            twelve_labs_base_url=server.url,
            **more,
        )
    )


@pytest.fixture
def new(server: StandIn, tmp_path: Path) -> TwelveLabsEmbedder:
    return engine(server, tmp_path, "marengo3.5")


@pytest.fixture
def old(server: StandIn, tmp_path: Path) -> TwelveLabsEmbedder:
    return engine(server, tmp_path, "marengo3.0")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (400, 300), (230, 10, 10)).save(path)
    return path


def film(folder: Path, **how: Any) -> Path:
    suffix = how.pop("suffix", ".mp4")
    path = folder / f"film{suffix}"
    path.write_bytes(made(Film(**how), suffix))
    return path


def checked(found: QueryVectors, modalities: set[str]) -> QueryVectors:
    assert set(found.by_modality) == modalities
    for vector in found.by_modality.values():
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    return found


def one_vector(found: QueryVectors) -> bool:
    first, *others = found.by_modality.values()
    return all(np.array_equal(first, other) for other in others)


# -- words --


def test_words_are_for_every_modality(new: TwelveLabsEmbedder, old: TwelveLabsEmbedder) -> None:
    """Both models give one vector for a text, and it is compared with all that they embed."""
    assert one_vector(checked(new.embed_text("red car"), SEEN_AND_HEARD))
    assert one_vector(checked(old.embed_text("red car"), ALL_OF_30))


def test_fused_is_searched_where_it_is_embedded(server: StandIn, tmp_path: Path) -> None:
    """Where fused vectors are chosen, words are compared with them as well."""
    fused = engine(server, tmp_path, "marengo3.5", modalities="visual,audio,fused")
    checked(fused.embed_text("red car"), {"visual", "audio", "fused"})


def test_a_shorter_dimension_is_asked_for(server: StandIn, tmp_path: Path) -> None:
    """The vectors of a query have the length of the space."""
    short = engine(server, tmp_path, "marengo3.5", dimension=128)
    assert short.embed_text("red car").by_modality["visual"].shape == (128,)


def test_too_many_words_are_refused_without_a_call(server: StandIn, new: TwelveLabsEmbedder) -> None:
    """A text over the limit never leaves the machine."""
    with pytest.raises(QueryRefused, match="5,000 characters"):
        new.embed_text("x" * 5001)
    assert server.statistics()["calls_in_all"] == 0


def test_the_providers_refusal_is_a_refused_query(old: TwelveLabsEmbedder) -> None:
    """What only the provider can count, its tokens, comes back as a sentence about the query."""
    with pytest.raises(QueryRefused, match="500 tokens"):
        old.embed_text("a " * 600)


def test_a_reference_in_the_words_is_only_words(new: TwelveLabsEmbedder) -> None:
    """What Marengo would read as the name of an example is taken as it was meant."""
    checked(new.embed_text("a <@car> in red"), SEEN_AND_HEARD)


@pytest.mark.parametrize("fault", ["nan", "dimension"])
def test_bad_vectors_are_fetched_again(server: StandIn, new: TwelveLabsEmbedder, fault: str) -> None:
    """A vector that cannot be right is asked for again, and is never given out."""
    server.fail_next(QUERY, fault, 1)
    checked(new.embed_text("red car"), SEEN_AND_HEARD)
    assert server.statistics()["calls"][QUERY] == 2


@pytest.mark.slow
def test_vectors_that_stay_bad_fail(server: StandIn, new: TwelveLabsEmbedder) -> None:
    """Where every answer is bad, the query fails with a sentence."""
    server.fail_next(QUERY, "nan", 40)
    with pytest.raises(EngineUnavailable, match="cannot be right"):
        new.embed_text("red car")


# -- pictures --


@pytest.mark.parametrize("model", ["marengo3.5", "marengo3.0"])
def test_a_picture_is_for_what_is_seen(server: StandIn, tmp_path: Path, picture: Path, model: str) -> None:
    """A picture is compared with what is seen, and is near the words for what it shows."""
    found = engine(server, tmp_path, model)
    seen = checked(found.embed_image(picture), {"visual"}).by_modality["visual"]
    red, blue = (found.embed_text(word).by_modality["visual"] for word in ("red", "blue"))
    assert seen @ red > seen @ blue


@pytest.mark.parametrize(
    ("name", "mode", "size"),
    [
        ("p.webp", "RGB", (640, 480)),
        ("p.bmp", "RGB", (640, 480)),
        ("p.png", "RGBA", (640, 480)),
        ("p.png", "P", (640, 480)),
        ("p.png", "I;16", (640, 480)),
        ("p.jpg", "CMYK", (640, 480)),
        ("p.png", "RGB", (40, 30)),
        ("p.jpg", "RGB", (6000, 4000)),
    ],
)
def test_any_picture_becomes_one_that_is_taken(tmp_path: Path, name: str, mode: str, size: Any) -> None:
    """Whatever the format, mode and size: a JPEG of 128 to 2048 pixels a side goes out."""
    path = tmp_path / name
    Image.new(mode, size).save(path)
    example = Examples(Settings(data_dir=tmp_path), QueryLimits()).picture(path)
    sent = tmp_path / "sent.jpg"
    sent.write_bytes(example.content)
    with Image.open(sent) as opened:
        assert (opened.format, opened.mode) == ("JPEG", "RGB")
        assert min(opened.size) >= 128
        assert max(opened.size) <= 2048


def test_a_picture_takes_nothing_else_along(tmp_path: Path) -> None:
    """Where a photo was taken is not sent, and it is sent upright."""
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # Shown turned by a quarter.
    exif[0x010E] = "s3cret place"
    Image.new("RGB", (400, 200)).save(path, exif=exif)
    example = Examples(Settings(data_dir=tmp_path), QueryLimits()).picture(path)
    assert b"s3cret" not in example.content
    sent = tmp_path / "sent.jpg"
    sent.write_bytes(example.content)
    with Image.open(sent) as opened:
        assert opened.size == (200, 400)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_picture_is_refused(new: TwelveLabsEmbedder, tmp_path: Path, content: bytes) -> None:
    """A file that cannot be read as a picture is refused before anything is sent."""
    path = tmp_path / "p.png"
    path.write_bytes(content)
    with pytest.raises(MediaRefused, match="not a picture"):
        new.embed_image(path)


def test_a_strip_is_refused(new: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """A picture so narrow that it would have to be enlarged out of all proportion is refused."""
    path = tmp_path / "p.png"
    Image.new("RGB", (8000, 4)).save(path)
    with pytest.raises(MediaRefused, match="narrow strip"):
        new.embed_image(path)


# -- clips and sounds --


def test_a_clip_is_one_vector_on_35(new: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """On 3.5 a stretch of a film is one vector, for all modalities."""
    path = film(tmp_path, seconds=8.0, width=640, height=360, sound="aac")
    assert one_vector(checked(new.embed_clip(path, Segment(1.0, 6.0)), SEEN_AND_HEARD))


def test_a_clip_has_a_vector_for_each_modality_on_30(old: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """On 3.0 each modality has a vector of its own."""
    path = film(tmp_path, seconds=8.0, width=640, height=360, sound="aac")
    assert not one_vector(checked(old.embed_clip(path, Segment(1.0, 6.0)), ALL_OF_30))


def test_a_silent_clip_is_only_seen_on_30(old: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """Nothing is asked about the sound of a clip that has none."""
    path = film(tmp_path, seconds=6.0, width=640, height=360)
    checked(old.embed_clip(path), {"visual"})


def test_fused_has_its_own_vector_on_30(server: StandIn, tmp_path: Path) -> None:
    """Where 3.0 embeds fused vectors, a clip has one for them too."""
    fused = engine(server, tmp_path, "marengo3.0", modalities="visual,audio,fused")
    path = film(tmp_path, seconds=6.0, width=640, height=360, sound="aac")
    checked(fused.embed_clip(path), {"visual", "audio", "fused"})


@pytest.mark.parametrize("model", ["marengo3.5", "marengo3.0"])
def test_a_sound_is_for_what_is_heard(server: StandIn, tmp_path: Path, model: str) -> None:
    """A sound file alone is compared with what is heard, and never with what is seen."""
    path = sound_only(tmp_path / "tone.wav", codec="pcm_s16le", seconds=5.0)
    found = engine(server, tmp_path, model).embed_clip(path)
    checked(found, SEEN_AND_HEARD - {"visual"} if model == "marengo3.5" else ALL_OF_30 - {"visual"})


def test_a_stretch_of_a_sound_is_refused(new: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """Only whole sound files are taken; the sentence says so."""
    path = sound_only(tmp_path / "tone.wav", codec="pcm_s16le", seconds=5.0)
    with pytest.raises(QueryRefused, match="Use all of it"):
        new.embed_clip(path, Segment(1.0, 2.0))


def test_a_clip_is_made_to_fit(tmp_path: Path) -> None:
    """A stretch of a film that Marengo would refuse (332 pixels high) goes out inside its limits."""
    path = film(tmp_path, seconds=5.0, width=768, height=332, sound="aac")
    settings = Settings(data_dir=tmp_path)
    example = Examples(settings, QueryLimits()).clip(path, Segment(0.5, 4.5))
    sent = tmp_path / "sent.mp4"
    sent.write_bytes(example.content)
    media = probe(sent, settings)
    assert PICTURE.hold(media.width, media.height)
    assert media.duration_s == pytest.approx(4.0, abs=0.1)
    assert example.has_sound


def test_a_good_file_goes_out_as_it_is(tmp_path: Path) -> None:
    """A whole MP4 that is inside the limits is not encoded once more."""
    path = film(tmp_path, seconds=5.0, width=640, height=360, sound="aac")
    example = Examples(Settings(data_dir=tmp_path), QueryLimits()).clip(path, None)
    assert example.content == path.read_bytes()


@pytest.mark.slow
def test_a_heavy_clip_is_made_lighter(tmp_path: Path) -> None:
    """A clip over the limit in bytes is encoded smaller, and is under it then."""
    noise = np.random.default_rng(1).integers(0, 255, (8, 720, 1280, 3), np.uint8)
    scene = Scene("noise", lambda t: noise[round(t * 24) % 8])
    path = write(scene, tmp_path / "noise.mp4", seconds=1.25, size=(1280, 720))
    settings = Settings(data_dir=tmp_path)
    heavy = Examples(settings, QueryLimits()).clip(path, Segment(0.0, 1.2))
    most = len(heavy.content) * 3 // 4
    light = Examples(settings, QueryLimits(clip_max_bytes=most)).clip(path, Segment(0.0, 1.2))
    assert len(light.content) <= most


def test_a_clip_that_stays_heavy_is_refused(tmp_path: Path) -> None:
    """Where encoding it smaller is not enough, the sentence says to choose a shorter one."""
    path = film(tmp_path, seconds=4.0, width=640, height=360)
    with pytest.raises(QueryRefused, match="Choose a shorter one"):
        Examples(Settings(data_dir=tmp_path), QueryLimits(clip_max_bytes=1000)).clip(path, None)


def test_a_clip_that_is_too_long_is_refused(server: StandIn, new: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """More than 30 s are refused on 3.5, and exactly 30 s are taken."""
    path = film(tmp_path, seconds=32.0, width=480, height=360, rate=5)
    with pytest.raises(QueryRefused, match="at most 30 seconds"):
        new.embed_clip(path)
    assert server.statistics()["calls_in_all"] == 0
    checked(new.embed_clip(path, Segment(1.0, 31.0)), SEEN_AND_HEARD)


def test_a_file_that_is_gone_says_so(new: TwelveLabsEmbedder, tmp_path: Path) -> None:
    """A sample that was deleted is missing, whatever its kind."""
    for name in ("gone.mp4", "gone.wav"):
        with pytest.raises(MediaMissing):
            new.embed_clip(tmp_path / name)
    with pytest.raises(MediaMissing):
        new.embed_image(tmp_path / "gone.png")


# -- together --


def test_words_and_examples_become_one_vector(
    server: StandIn, new: TwelveLabsEmbedder, tmp_path: Path, picture: Path
) -> None:
    """On 3.5 Marengo combines words, a picture and a clip in one call."""
    path = film(tmp_path, seconds=5.0, width=640, height=360)
    samples = (Sample(picture, "image"), Sample(path, "clip", Segment(0.0, 4.0)))
    assert one_vector(checked(new.embed_together("on a road", samples), SEEN_AND_HEARD))
    assert server.statistics()["calls"] == {QUERY: 1}
    assert new.combines


def test_pictures_together_are_for_what_is_seen(new: TwelveLabsEmbedder, picture: Path) -> None:
    """Pictures alone, combined, say nothing about sound."""
    checked(new.embed_together("", (Sample(picture, "image"), Sample(picture, "image"))), {"visual"})


def test_what_cannot_be_combined_is_refused_without_a_call(
    server: StandIn, new: TwelveLabsEmbedder, old: TwelveLabsEmbedder, tmp_path: Path, picture: Path
) -> None:
    """3.0, nothing at all, too many examples, and different kinds without words each have a sentence."""
    path = film(tmp_path, seconds=5.0, width=640, height=360)
    one, other = Sample(picture, "image"), Sample(path, "clip")
    assert not old.combines
    for asked, text, samples, sentence in (
        (old, "car", (one,), "Weigh them"),
        (new, "  ", (), "nothing to search for"),
        (new, "car", (one,) * 11, "at most 10"),
        (new, "", (one, other), "Add some words"),
    ):
        with pytest.raises(QueryRefused, match=sentence):
            asked.embed_together(text, samples)
    assert server.statistics()["calls_in_all"] == 0
