"""The Twelve Labs engine as a whole: what it says of itself, and how it is chosen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config import Settings
from core.embedding.port import Concurrency, Embedder, Source
from core.embedding.twelvelabs import sentences
from core.embedding.twelvelabs.engine import TwelveLabsEmbedder
from core.errors import EngineError, EngineUnauthorized, MediaOutOfLimits, SettingsError
from core.library import open_library
from core.model import MediaInfo, Ticket
from tests.twelvelabs_server.running import KEY, KEY_WITHOUT_RIGHTS, StandIn, standing_in

PROJECT_ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9/v1.3"


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in(retry_after_s=60) as server:
        yield server


@pytest.fixture
def server(running: StandIn) -> StandIn:
    running.control(reset=True, fault_share=0.0, quota="left")
    return running


def settings(folder: Path, url: str = NOWHERE, key: str = KEY, **more: Any) -> Settings:
    return Settings(
        data_dir=folder,
        engine=more.pop("engine", "twelvelabs"),
        twelve_labs_api_key=SecretStr(key),
        twelve_labs_base_url=url,
        **more,
    )


def source(height: int = 720, audio: str | None = "aac") -> Source:
    media = MediaInfo(12.0, 1280, height, Fraction(25), "h264", audio_codec=audio, container="mp4")
    return Source("v", Path("film.mp4"), media, 1000)


def test_it_keeps_the_port(tmp_path: Path) -> None:
    """It is an Embedder that costs money, takes any words, and is asked by as many as the settings say."""
    engine = TwelveLabsEmbedder(settings(tmp_path, uploads=2, tasks=7))
    assert isinstance(engine, Embedder)
    assert engine.billable
    assert engine.vocabulary() == ()
    assert engine.concurrency == Concurrency(uploads=2, tasks=7)


def test_before_the_first_call_it_is_ready(tmp_path: Path) -> None:
    """With a key and nothing asked yet it is ready, says so, and has asked nobody."""
    state = TwelveLabsEmbedder(settings(tmp_path)).state()
    assert state.ready
    assert state.message == sentences.NOT_ASKED_YET
    assert state.model == "marengo3.5"
    assert state.details["Embedded"] == "visual, audio"
    assert state.details["Vectors"] == "512 numbers"


def test_after_a_good_answer_it_works(server: StandIn, tmp_path: Path) -> None:
    """A good answer is what the status page shows from then on."""
    engine = TwelveLabsEmbedder(settings(tmp_path, server.url))
    engine.embed_text("red car")
    assert (engine.state().ready, engine.state().message) == (True, sentences.WORKS)


def test_without_a_key_it_opens_and_says_so(tmp_path: Path) -> None:
    """Without a key every call stops with the sentence that names the variable, and so does the state."""
    engine = TwelveLabsEmbedder(settings(tmp_path, key=""))
    state = engine.state()
    assert (state.ready, state.needs_key, state.message) == (False, True, sentences.NO_KEY)
    assert "TWELVE_LABS_API_KEY" in state.message
    ticket = Ticket(name="n", asset_id="a", task_id="t")
    for call in (
        lambda: engine.embed_text("red car"),
        lambda: engine.poll_upload(ticket),
        lambda: engine.poll(ticket),
        lambda: engine.collect(source(), ticket, lambda _: None),
        lambda: engine.release(ticket),
    ):
        with pytest.raises(EngineUnauthorized) as caught:
            call()
        assert caught.value.message == sentences.NO_KEY


@pytest.mark.parametrize(
    ("key", "quota", "fault", "message"),
    [
        ("tlk_wrong", "left", None, sentences.WRONG_KEY),
        (KEY_WITHOUT_RIGHTS, "left", None, sentences.no_right("")),
        (KEY, "402", None, sentences.QUOTA),
        (KEY, "left", "429", sentences.BUSY),
    ],
)
def test_trouble_is_one_sentence(
    server: StandIn, tmp_path: Path, key: str, quota: str, fault: str | None, message: str
) -> None:
    """The state repeats what the newest answer said; only a rate limit leaves the engine ready."""
    server.control(quota=quota)
    if fault:
        server.fail_next("POST /embed-v2", fault, 1)
    engine = TwelveLabsEmbedder(settings(tmp_path, server.url, key))
    with pytest.raises(EngineError) as caught:
        engine.embed_text("red car")
    state = engine.state()
    assert caught.value.message == state.message == message
    assert state.ready is (fault is not None)
    assert not state.needs_key


@pytest.mark.slow
def test_without_a_network_it_says_what_to_check(tmp_path: Path) -> None:
    """Where nobody answers, the sentence is about the connection, and the state is not ready."""
    engine = TwelveLabsEmbedder(settings(tmp_path))
    with pytest.raises(EngineError) as caught:
        engine.embed_text("red car")
    assert caught.value.message == engine.state().message == sentences.UNREACHABLE
    assert not engine.state().ready


def test_what_marengo_would_refuse_is_refused_here(tmp_path: Path) -> None:
    """Limits of the picture and a silent video with nothing to embed are found before anything is sent."""
    TwelveLabsEmbedder(settings(tmp_path)).check(source())
    with pytest.raises(MediaOutOfLimits, match="332 pixels high"):
        TwelveLabsEmbedder(settings(tmp_path)).check(source(height=332))
    with pytest.raises(MediaOutOfLimits, match="no sound"):
        TwelveLabsEmbedder(settings(tmp_path, modalities="audio")).check(source(audio=None))


def test_a_key_makes_it_the_engine(tmp_path: Path) -> None:
    """With a key `auto` is Twelve Labs, and without one it is the preview engine."""
    with open_library(settings(tmp_path / "a", engine="auto")) as library:
        assert library.status().engine.name == "Twelve Labs"
    with open_library(settings(tmp_path / "b", engine="auto", key="")) as library:
        assert library.status().engine.name == "Preview engine"


def test_a_library_opens_without_its_key(tmp_path: Path) -> None:
    """A library of Twelve Labs whose key is gone can be opened and browsed; its status says what to do."""
    with open_library(settings(tmp_path, key="")) as library:
        assert library.videos() == []
        assert library.status().engine.needs_key


def test_settings_that_cannot_be_stop_the_start(tmp_path: Path) -> None:
    """What the model does not have is said when the library is opened."""
    with pytest.raises(SettingsError, match="transcription"):
        open_library(settings(tmp_path, modalities="transcription"))


def test_the_preview_engine_does_not_wait_for_the_sdk() -> None:
    """The SDK takes a second to load, so only the engine that needs it does."""
    script = "import sys, core.composition, core.library, core.embedding.preview.engine;"
    script += "sys.exit('twelvelabs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, check=False).returncode == 0
