"""The stand-in's queries, and that its vectors mean something, through the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from twelvelabs import (
    AudioInputRequest,
    ImageInputRequest,
    MediaSource,
    MultiInputRequest,
    TextImageInputRequest,
    TextInputRequest,
    TwelveLabs,
    VideoInputRequest,
)
from twelvelabs.core.api_error import ApiError
from twelvelabs.types import EmbeddingData, EmbeddingSuccessResponse

from core.config import Settings
from core.media.cut import cut_clip
from core.media.probe import probe
from core.model import Segment
from tests.made_media import sound_only
from tests.scene_sounds import noise, silence, tone
from tests.scenes import COLOURS
from tests.twelvelabs_bench import (
    base64_of,
    client_of,
    embedded,
    film,
    nearest,
    of_option,
    source_of,
    uploaded,
)
from tests.twelvelabs_server.running import StandIn, standing_in

SHOWN = ["red", "green", "blue", "black"]


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture(scope="module")
def client(server: StandIn) -> TwelveLabs:
    return client_of(server)


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of four seconds: their colours, and a low tone, a high one, silence, noise."""
    sounds = [tone(200, 0.05), tone(2500, 0.05), silence(), noise(0.6)]
    return film(tmp_path_factory.mktemp("films") / "colours.mp4", SHOWN, sounds=sounds)


@pytest.fixture(scope="module")
def known(client: TwelveLabs, colours: Path) -> dict[str, list[EmbeddingData]]:
    return {model: embedded(client, colours, model) for model in ("marengo3.5", "marengo3.0")}


@pytest.fixture
def part(colours: Path, tmp_path: Path) -> Path:
    """Three seconds of the blue scene."""
    cut_clip(colours, tmp_path / "part.mp4", Segment(8.5, 11.5), probe(colours, Settings()))
    return tmp_path / "part.mp4"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (320, 200), COLOURS["green"]).save(tmp_path / "green.png")
    return tmp_path / "green.png"


def multi(client: TwelveLabs, text: str | None = None, *paths: tuple[Path, str], **more: Any) -> Any:
    """Ask 3.5 for one vector of words and media."""
    sources = [source_of(path, kind, f"source{number}") for number, (path, kind) in enumerate(paths)]
    asked = MultiInputRequest(input_text=text, media_sources=sources or None)
    return client.embed.v_2.create(
        input_type="multi_input", model_name="marengo3.5", multi_input=asked, **more
    )


def vector(answer: EmbeddingSuccessResponse) -> list[float]:
    assert len(answer.data) == 1
    return answer.data[0].embedding


@pytest.mark.parametrize(("word", "start_s"), [("red", 0), ("a green thing", 4), ("blue", 8), ("black", 12)])
def test_a_word_finds_its_colour(
    client: TwelveLabs, known: dict[str, list[EmbeddingData]], word: str, start_s: float
) -> None:
    """On both models the text is nearest to the scene that shows it."""
    assert nearest(vector(multi(client, word)), of_option(known["marengo3.5"], "visual")) == start_s
    asked = client.embed.v_2.create(
        input_type="text", model_name="marengo3.0", text=TextInputRequest(input_text=word)
    )
    assert nearest(vector(asked), of_option(known["marengo3.0"], "visual")) == start_s


@pytest.mark.parametrize(("word", "start_s"), [("silence", 8), ("loud", 12)])
def test_a_word_finds_its_sound(
    client: TwelveLabs, known: dict[str, list[EmbeddingData]], word: str, start_s: float
) -> None:
    """Words of loudness are nearest to the segments that sound so."""
    assert nearest(vector(multi(client, word)), of_option(known["marengo3.5"], "audio")) == start_s


def test_a_clip_finds_its_moment(
    client: TwelveLabs, known: dict[str, list[EmbeddingData]], part: Path
) -> None:
    """3.5 gives one vector that finds it in both modalities."""
    query = vector(multi(client, None, (part, "video")))
    for option in ("visual", "audio"):
        assert nearest(query, of_option(known["marengo3.5"], option)) == 8


def test_a_clip_on_3_0_gives_a_vector_for_each_modality(
    client: TwelveLabs, known: dict[str, list[EmbeddingData]], part: Path
) -> None:
    """With asset scope there is one of each option, and each finds the moment among its own."""
    options = ["visual", "audio", "transcription"]
    answer = client.embed.v_2.create(
        input_type="video",
        model_name="marengo3.0",
        video=VideoInputRequest(
            media_source=MediaSource(base_64_string=base64_of(part)),
            embedding_option=options,
            embedding_scope=["asset"],
        ),
    )
    assert [(item.embedding_option, item.embedding_scope) for item in answer.data] == [
        (option, "asset") for option in options
    ]
    for item in answer.data:
        assert nearest(item.embedding, of_option(known["marengo3.0"], str(item.embedding_option))) == 8


def test_a_picture_finds_its_scene(
    client: TwelveLabs, known: dict[str, list[EmbeddingData]], picture: Path
) -> None:
    """A green picture is nearest to the green scene on both models, by base64 and as an asset."""
    query = vector(multi(client, None, (picture, "image")))
    assert nearest(query, of_option(known["marengo3.5"], "visual")) == 4
    source = MediaSource(asset_id=uploaded(client, picture))
    answer = client.embed.v_2.create(
        input_type="image", model_name="marengo3.0", image=ImageInputRequest(media_source=source)
    )
    assert nearest(vector(answer), of_option(known["marengo3.0"], "visual")) == 4


def test_words_and_a_picture_lie_between_both(client: TwelveLabs, picture: Path) -> None:
    """The model's own combination is nearer to each part than the parts are to each other."""
    word, seen = vector(multi(client, "red")), vector(multi(client, None, (picture, "image")))
    both = vector(multi(client, "red like <@source0>", (picture, "image")))
    assert np.dot(both, word) > np.dot(seen, word)
    assert np.dot(both, seen) > np.dot(seen, word)
    answer = client.embed.v_2.create(
        input_type="text_image",
        model_name="marengo3.0",
        text_image=TextImageInputRequest(
            input_text="red", media_source=MediaSource(base_64_string=base64_of(picture))
        ),
    )
    assert len(vector(answer)) == 512


def test_spaces_of_two_models_have_nothing_in_common(known: dict[str, list[EmbeddingData]]) -> None:
    """The same segment in two models gives vectors that are no nearer than strangers."""
    new, old = (of_option(known[model], "visual") for model in ("marengo3.5", "marengo3.0"))
    assert all(abs(np.dot(a.embedding, b.embedding)) < 0.2 for a, b in zip(new, old, strict=True))


def test_a_query_of_3_5_tells_usage_and_dimension(client: TwelveLabs, part: Path) -> None:
    """Tokens by kind of content; the dimension that was asked for."""
    answer = multi(client, "a red car", (part, "video"), embedding_dimension=256)
    assert answer.usage is not None
    assert answer.usage.input_tokens["text"] == 3
    assert set(answer.usage.input_tokens) == {"text", "video"}
    assert not answer.usage.truncated
    assert answer.metadata is not None
    assert (answer.metadata.input_type, answer.metadata.embedding_dimension) == ("multi_input", 256)
    assert len(vector(answer)) == 256


def test_a_long_text_is_refused_or_cut(client: TwelveLabs) -> None:
    """More than 2,000 tokens is a 400 on 3.5, unless auto_truncate is on; 3.0 takes 500."""
    long = "word " * 2001
    with pytest.raises(ApiError) as refused:
        multi(client, long)
    assert refused.value.status_code == 400
    answer = multi(client, long, auto_truncate=True)
    assert answer.usage.truncated
    assert answer.usage.truncation_reason == "model_context_window"
    with pytest.raises(ApiError):
        client.embed.v_2.create(
            input_type="text", model_name="marengo3.0", text=TextInputRequest(input_text="word " * 501)
        )


def test_3_5_takes_only_multi_input(client: TwelveLabs) -> None:
    """A plain text is refused in the nested shape, and not billed."""
    with pytest.raises(ApiError) as refused:
        client.embed.v_2.create(
            input_type="text", model_name="marengo3.5", text=TextInputRequest(input_text="red")
        )
    assert refused.value.status_code == 400
    assert refused.value.body["error"]["code"] == "parameter_invalid"


def test_media_have_limits(client: TwelveLabs, tmp_path: Path, picture: Path) -> None:
    """30 s and 32 MB on 3.5; two kinds of media need a text; a reference needs its source."""
    long = sound_only(tmp_path / "long.m4a", seconds=31)
    large = tmp_path / "large.png"
    large.write_bytes(picture.read_bytes() + bytes(33 * 1024 * 1024))
    short = sound_only(tmp_path / "short.m4a", seconds=2)
    cases: list[tuple[str | None, list[tuple[Path, str]], int]] = [
        (None, [(long, "audio")], 400),
        (None, [(large, "image")], 413),
        (None, [(picture, "image"), (short, "audio")], 400),
        ("like <@nothing>", [(picture, "image")], 400),
        (None, [(picture, "video")], 400),
    ]
    for text, paths, status in cases:
        with pytest.raises(ApiError) as refused:
            multi(client, text, *paths)
        assert refused.value.status_code == status
    assert vector(multi(client, "this", (picture, "image"), (short, "audio")))


def test_a_sound_on_3_0_has_its_own_input(client: TwelveLabs, tmp_path: Path) -> None:
    """Audio of up to ten minutes, with its modalities."""
    answer = client.embed.v_2.create(
        input_type="audio",
        model_name="marengo3.0",
        audio=AudioInputRequest(
            media_source=MediaSource(base_64_string=base64_of(sound_only(tmp_path / "a.m4a", seconds=40))),
            embedding_option=["audio"],
            embedding_scope=["asset"],
        ),
    )
    assert [item.embedding_option for item in answer.data] == ["audio"]


def test_every_answered_query_is_counted(client: TwelveLabs, server: StandIn) -> None:
    """One billable call for each query that got a vector, none for one that was refused."""
    before = server.statistics()["query_calls"]
    multi(client, "red")
    with pytest.raises(ApiError):
        multi(client, "  ")
    assert server.statistics()["query_calls"] == before + 1
