"""Pages are drawn in turns, and nobody waits for one that only waits itself."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from components.turns import LONGEST_S, Turns


def work(seconds: float) -> None:
    """Keep a processor busy for so long."""
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


def test_who_draws_is_alone() -> None:
    """While one draws, nobody else begins; all come to their turn."""
    turns, inside, most = Turns(), [0], [0]

    def draw(_: int) -> None:
        with turns.turn():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            work(0.02)
            inside[0] -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(draw, range(12)))
    assert (inside, most) == ([0], [1])


def test_who_only_waits_holds_up_nobody() -> None:
    """A page that waits for something else lets the next one begin before it ends."""
    turns, begun, over = Turns(), threading.Event(), threading.Event()

    def wait() -> None:
        with turns.turn():
            begun.set()
            assert over.wait(60)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert begun.wait(60)
    with turns.turn():
        assert waiting.is_alive()
    over.set()
    waiting.join()


def test_a_page_that_fails_gives_its_turn_back() -> None:
    """What is raised while a page is drawn reaches it, and the next one does not wait for it."""
    turns = Turns()
    began = time.monotonic()
    for _ in range(20):
        try:
            with turns.turn():
                raise ValueError
        except ValueError:
            pass
    assert time.monotonic() - began < 20 * LONGEST_S
