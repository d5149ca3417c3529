"""The file of a video is fetched once: what choosing moments asks for, counted in the browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Bench
from tests.e2e.watching import cued, open_search, wait_for

pytestmark = pytest.mark.browser

_CHOICES = 12


@pytest.fixture
def page(own_page: Any) -> Any:
    """Return a page whose cache is empty: here it counts what the server is asked for."""
    return own_page


class Fetched:
    """What the page has asked for of films since it was opened."""

    def __init__(self, page: Any) -> None:
        self.asked: list[str] = []
        self.size_bytes = 0
        session = page.context.new_cdp_session(page)
        films: set[str] = set()

        def sent(event: dict[str, Any]) -> None:
            if event.get("type") == "Media":
                films.add(event["requestId"])
                self.asked.append(event["request"]["url"])

        def came(event: dict[str, Any]) -> None:
            if event["requestId"] in films:
                self.size_bytes += event["dataLength"]

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.dataReceived", came)
        session.send("Network.enable")


def test_choosing_moment_after_moment_never_downloads_the_file_again(page: Any, bench: Bench) -> None:
    """However many moments of one video are chosen, no request and no byte follows the first download."""
    fetched = Fetched(page)
    open_search(page, bench.url)
    cued(page, 0)
    wait_for(page, "v.buffered.length && v.buffered.end(0) > v.duration - 0.1")
    page.wait_for_load_state("networkidle")
    links = page.locator("a.play")
    places = [link.get_attribute("href").rpartition("%40") for link in links.all()]
    same = [number for number, (video, _, _) in enumerate(places) if video == places[0][0]]
    assert len(same) > 1
    requests, size_bytes = len(fetched.asked), fetched.size_bytes
    assert requests > 0
    assert size_bytes > 0
    for choice in range(_CHOICES):
        place = same[(choice + 1) % len(same)]
        start = float(places[place][2].split("-")[0])
        links.nth(place).click()
        wait_for(page, f"!v.paused && !v.seeking && v.currentTime > {start} && v.currentTime < {start + 4}")
    assert fetched.asked[requests:] == []
    assert fetched.size_bytes == size_bytes
