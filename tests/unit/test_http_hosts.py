"""Which names are answered to, so that a foreign site cannot point a name of its own here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Settings
from core.http.door import is_open
from core.http.hosts import allowed_hosts, is_allowed


def names(**settings: object) -> tuple[str, ...]:
    return allowed_hosts(Settings(_env_file=None, **settings))


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST.", "127.0.0.1:80"])
def test_loopback_is_always_answered(host: str) -> None:
    """This machine's own names are answered whatever is set, and before anything is read."""
    assert is_allowed(host, names())
    assert is_allowed(host, names(allowed_hosts="find.example.org"))
    assert is_allowed(host, allowed_hosts(None))


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "user@localhost", "", "a b",
             "localhost/x", "localhost:x", "localhost:99999", "192.168.1.9"],
)  # fmt: skip
def test_other_names_are_refused(host: str) -> None:
    """Whatever is not this machine's name is refused, also where a name of ours stands within it."""
    assert not is_allowed(host, names())


def test_served_widely_addresses_are_answered() -> None:
    """On all interfaces every IP address is answered, since no site can own one; names are not."""
    widely = names(host="0.0.0.0")
    assert is_allowed("192.168.1.9:8501", widely)
    assert is_allowed("[fe80::1]:8501", widely)
    assert not is_allowed("evil.example", widely)


def test_names_that_are_set() -> None:
    """A name is answered as it is set, `*.` stands for all below a name, `*` for all."""
    some = names(host="0.0.0.0", allowed_hosts="Find.Example.org, *.films.example")
    assert is_allowed("find.example.org:443", some)
    assert is_allowed("a.films.example", some)
    assert not is_allowed("films.example", some)
    assert not is_allowed("afilms.example", some)
    assert not is_allowed("192.168.1.9", some)
    assert is_allowed("whatever.example", names(allowed_hosts="*"))


@given(st.text(max_size=30))
def test_any_header_has_an_answer(host: str) -> None:
    """No Host header makes the check fail, and none but this machine's names passes."""
    assert is_allowed(host, names()) in (True, False)


@given(st.from_regex(r"/(api|media|component|_stcore|app)/[a-z/_.-]{0,20}", fullmatch=True))
def test_what_is_below_a_route_is_closed(path: str) -> None:
    """No path below ours or Streamlit's routes is open, but for health and what a page asks first."""
    known = ("/api/health", "/api/ready")
    first = path.endswith(("/_stcore/health", "/_stcore/host-config"))
    assert is_open(path, "GET") == (path in known or first)
    assert not is_open(path, "PUT")
