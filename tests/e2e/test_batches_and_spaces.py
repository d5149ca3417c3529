"""Batches, the engine's own combination, and re-embedding in a real browser, over the stand-in library."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench

pytestmark = pytest.mark.browser

PICTURE = {"name": "still.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nx"}


def verbs(bench: Bench) -> list[str]:
    return [str(call[0]) for call in bench.tell()["calls"]]


def test_money_is_asked_for_before_anything_is_sent(page: Any, bench: Bench) -> None:
    """A held batch shows its price and waits, without asking anew; its button lets it go on and move."""
    bench.tell(marengo={}, batch={"name": "Upload", "jobs": 15, "ready": 0, "held": True})
    page.goto(f"{bench.url}/library")
    expect(page.get_by_text("12 videos, 84.5 minutes to embed; 3 already known (free)")).to_be_visible()
    page.wait_for_timeout(1500)
    before = bench.tell()["asked_batches"]
    page.wait_for_timeout(2500)
    assert bench.tell()["asked_batches"] == before
    page.get_by_role("button", name="Start embedding").click()
    expect(page.get_by_text("0 of 15 videos ready")).to_be_visible()
    assert verbs(bench) == ["release"]
    page.wait_for_timeout(2500)
    assert bench.tell()["asked_batches"] > before + 2


def test_a_batch_is_paused_resumed_and_cancelled(page: Any, bench: Bench) -> None:
    """Pausing and resuming change the same button, and cancelling asks first."""
    bench.tell(batch={"name": "Rushes", "jobs": 4, "ready": 1})
    page.goto(f"{bench.url}/library")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_role("dialog")).to_contain_text("Cancel the 3 unfinished videos of Rushes?")
    # The panel under it goes on being refreshed; the question stays.
    page.wait_for_timeout(2500)
    assert verbs(bench) == ["pause", "resume"]
    page.get_by_role("dialog").get_by_role("button", name="Cancel all").click()
    expect(page.locator("[class*=st-key-batch_]")).to_have_count(0)
    assert verbs(bench) == ["pause", "resume", "cancel_batch"]


def test_what_is_dropped_together_is_one_batch(page: Any, bench: Bench) -> None:
    """Files of one drop carry the same new id, and those of the next another."""
    page.goto(f"{bench.url}/library")
    for drop in (("a.mp4", "b.mp4"), ("c.mp4",)):
        files = [{"name": name, "mimeType": "video/mp4", "buffer": b"x"} for name in drop]
        page.get_by_label("Choose video files").set_input_files(files)
        page.wait_for_timeout(800)
    expect(page.get_by_text("3 of 3 finished")).to_be_visible()
    sent = {call[2]["name"]: call[2]["batch"] for call in bench.tell()["calls"] if call[0] == "upload"}
    assert sent["a.mp4"] == sent["b.mp4"] != sent["c.mp4"]
    assert all(len(bytes.fromhex(batch)) == 16 for batch in sent.values())


def test_the_engines_own_combination_is_part_of_the_address(page: Any, bench: Bench) -> None:
    """The toggle takes the slider's place, searches so, and comes back with the address."""
    bench.tell(marengo={}, combines=True)
    page.goto(f"{bench.url}/?q=red")
    page.get_by_text("Sample", exact=True).click()
    page.locator("input[type=file]").set_input_files(PICTURE)
    page.wait_for_url("**sample=**")
    expect(page.get_by_role("slider", name="Weight of words")).to_be_visible()
    page.get_by_text("Let Marengo combine them").click()
    page.wait_for_url("**together=true**")
    expect(page.get_by_role("slider", name="Weight of words")).to_be_hidden()
    assert bench.tell()["together"][-1] is True
    page.reload()
    expect(page.get_by_role("switch", name="Let Marengo combine them")).to_be_checked()
    expect(page.get_by_role("slider", name="Weight of words")).to_be_hidden()
    assert "together=true" in page.url


def test_the_way_to_a_new_space(page: Any, bench: Bench) -> None:
    """The search page leads to the status page, and its button to the batch that fills the space."""
    bench.tell(marengo={"videos": 3, "missing": 9})
    page.goto(f"{bench.url}/?q=red")
    page.get_by_role("link", name="How to go on").click()
    expect(page.get_by_text("Marengo 3.5 has 3 of 12 videos.")).to_be_visible()
    page.get_by_role("button", name="Embed 9 videos").click()
    expect(page.get_by_text("0 of 9 videos ready")).to_be_visible()
    assert verbs(bench) == ["embed_missing"]
