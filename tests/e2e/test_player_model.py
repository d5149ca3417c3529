"""Whatever somebody does with the player, in whatever order, it stands where a plain model of it stands."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests.e2e.conftest import Bench
from tests.e2e.watching import open_search, video
from tests.player_model import RATE, PlayerModel

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

FEW, MANY = 120, 500
"""Actions of a usual run and of a trial; each kind of action comes up in both."""
LANDING = (",", ".", "ArrowLeft", "ArrowRight", "Home", "End", "Shift+I", "Shift+O", "i", "o", "x", "m")
PLAYING = (" ", "l", "p", "j")
MODES = {"Stop at end": "stop", "Loop": "loop", "Play on": "play_on"}

_SETTLED = """() => {
  const hosts = [...document.querySelectorAll("*")];
  const root = hosts.map(n => n.shadowRoot?.querySelector(".player")).find(Boolean);
  const state = JSON.parse(root?.dataset.state ?? '{}');
  return state.settled && !state.playing && !state.reverse ? root.dataset.state : false;
}"""


class Driver:
    """Does one thing after the other on the page and in the model, and compares."""

    def __init__(self, page: Any, seed: int) -> None:
        self.page = page
        self.chance = random.Random(seed)
        self.cards = [self._card(link) for link in page.locator("a.play").all()]
        self.model = self._played(0)

    def _card(self, link: Any) -> tuple[str, float, float]:
        (place,) = parse_qs(urlparse(link.get_attribute("href")).query)["at"]
        video_id, _, times = place.partition("@")
        start_s, _, end_s = times.partition("-")
        return video_id, float(start_s), float(end_s)

    def state(self) -> dict[str, Any]:
        """Return the player's account of itself once nothing moves any more."""
        found = self.page.wait_for_function(_SETTLED, timeout=20_000).json_value()
        return dict(json.loads(found))

    def stopped(self) -> dict[str, Any]:
        """Stop, and return the player's account once the last frame that was on its way has come."""
        self.page.keyboard.press("k")
        before = self.state()
        while True:
            self.page.wait_for_timeout(50)
            after = self.state()
            if after == before:
                return after
            before = after

    def _played(self, number: int) -> PlayerModel:
        """Play a card, stop, and return a model of what must have come of it."""
        before = getattr(self, "model", None)
        self.page.locator("a.play").nth(number).click()
        return self._stopped_in(number, before)

    def _stopped_in(self, number: int, before: PlayerModel | None) -> PlayerModel:
        state = self.stopped()
        video_id, start_s, end_s = self.cards[number]
        duration_s = float(video(self.page).evaluate("v => v.duration"))
        model = PlayerModel(video_id, duration_s, start_s, end_s, state["frame"])
        if before is not None:
            model.mode, model.muted = before.mode, before.muted
        assert model.first_inside <= state["frame"], (number, state)
        if model.mode != "play_on":
            assert state["frame"] <= model.last_inside, (number, state)
        self.current = number
        return model

    def act(self) -> str:
        """Do something at random; return what it was."""
        kind = self.chance.choices(("land", "play", "seek", "card", "step", "mode"), (60, 14, 12, 6, 4, 4))[0]
        match kind:
            case "land":
                return self._land(self.chance.choice(LANDING))
            case "play":
                return self._play(self.chance.choice(PLAYING))
            case "seek":
                return self._seek(self.chance.random())
            case "card":
                number = self.chance.randrange(len(self.cards))
                self.model = self._played(number)
                return f"card {number}"
            case "step":
                return self._step(self.chance.choice((-1, 1)))
        name = self.chance.choice(list(MODES))
        self.page.get_by_role("radio", name=name, exact=True).click()
        self.model.mode = MODES[name]
        return name

    def _land(self, key: str) -> str:
        times = self.chance.choice((1, 1, 1, 9)) if key in (",", ".", "ArrowLeft", "ArrowRight") else 1
        for _ in range(times):
            self.page.keyboard.press(key)
            self.model.press(key)
        return f"{times} x {key}"

    def _play(self, key: str) -> str:
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(self.chance.choice((0, 60, 150)))
        frame = self.stopped()["frame"]
        assert self.model.may_stop_at(key, frame), (key, frame, self.model)
        self.model.frame = frame
        return key

    def _seek(self, share: float) -> str:
        slider = self.page.get_by_role("slider", name="Position")
        box = slider.bounding_box()
        x = round(2 + share * (box["width"] - 4))
        # The locator's own click waits until the bar has stopped moving: a strip may just have come.
        slider.click(position={"x": x, "y": round(box["height"] / 2)})
        wanted = x / box["width"] * self.model.duration_s * RATE
        frame = self.state()["frame"]
        assert abs(frame - wanted) <= 1.5, (wanted, frame)
        self.model.frame = frame
        return f"seek {x}"

    def _step(self, by: int) -> str:
        number = self.current + by
        self.page.keyboard.press("Shift+ArrowRight" if by > 0 else "Shift+ArrowLeft")
        if 0 <= number < len(self.cards):
            self.model = self._stopped_in(number, self.model)
        return f"step {by}"

    def heap(self) -> tuple[int, int]:
        """Return bytes of script memory and the number of nodes, after a collection."""
        client = self.page.context.new_cdp_session(self.page)
        client.send("HeapProfiler.enable")
        for _ in range(2):
            client.send("HeapProfiler.collectGarbage")
        used = int(client.send("Runtime.getHeapUsage")["usedSize"])
        nodes = int(client.send("Memory.getDOMCounters")["nodes"])
        client.detach()
        return used, nodes


@pytest.fixture
def page(own_page: Any) -> Any:
    """Return a page of its own context: its memory is measured, and its console is listened to."""
    return own_page


@pytest.mark.parametrize("seed", [20_261_123])
@pytest.mark.parametrize("actions", [FEW, pytest.param(MANY, marks=pytest.mark.soak)])
def test_the_player_stands_where_its_model_stands(page: Any, bench: Bench, seed: int, actions: int) -> None:
    """After each of many random seeks, keys and presses, marks, frame, mode and sound are the model's;
    nothing is said in the console, and the page does not grow."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    open_search(page, bench.url)
    driver = Driver(page, seed)
    done: list[str] = []
    early = (0, 0)
    for number in range(actions):
        if number == actions // 5:
            early = driver.heap()
        done.append(driver.act())
        wrong = driver.model.differs(driver.state())
        assert wrong is None, f"seed {seed}, action {number}: {wrong} after {done[-12:]}"
    late = driver.heap()
    assert said == []
    assert late[0] < early[0] * 1.2 + 2_000_000, (early, late)
    assert late[1] < early[1] * 1.2 + 500, (early, late)
