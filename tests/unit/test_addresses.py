"""Which addresses may be asked at all, and which belong to the public internet."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.errors import DownloadInterrupted, UrlRefused
from core.media.addresses import check_url, is_public, resolve_name
from tests.film_server import fetch_public


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
        *("::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1"),
        *(
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:a00:1::",
            "2002:808:808::",
            "2001:0:1::",
            "2001:db8::1",
        ),
        *(
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fe80::1%1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
            "5f00::1",
        ),
        *("", "example.com", "1.2.3", "2606:2800::1%eth0"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Private, local, reserved, multicast and wrapped addresses do not count as public."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1"),
        *("2606:2800:220:1::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_addresses_that_are_public(address: str) -> None:
    """Ordinary addresses count as public, also where they are written as IPv6 for IPv4."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "Type the address"),
        ("film.mp4", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("ftp://example.com/a.mp4", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("data:video/mp4;base64,AAAA", "http:// or https://"),
        ("//example.com/a.mp4", "http:// or https://"),
        ("http://", "names no server"),
        ("http:///a.mp4", "names no server"),
        ("http://me:secret@example.com/a.mp4", "user name or password"),
        ("http://me@example.com/a.mp4", "user name or password"),
        ("http://example.com:22/", "Port 22"),
        ("http://example.com:25/", "Port 25"),
        ("http://example.com:0/", "Port 0"),
        ("http://example.com:99999/", "Port 99999"),
        ("http://[::1/a.mp4", "not a valid address"),
        ("http://exa mple.com/", "characters"),
        ("http://example.com/a\nHost: other", "characters"),
        ("http://example.com\\@127.0.0.1/", "characters"),
        ("http://example.com/" + "a" * 5000, "too long"),
    ],
)
def test_addresses_that_may_not_be_asked(folder: Path, url: str, sentence: str) -> None:
    """An address of a forbidden form is refused at once, in a sentence that says why."""
    with pytest.raises(UrlRefused, match=sentence):
        check_url(url)
    with pytest.raises(UrlRefused, match=sentence):
        fetch_public(url, folder, resolve=lambda host, port: pytest.fail("a name was looked up"))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/clip.mp4",
        "  http://example.org/clip.mp4?token=a%20b#t=3 ",
        "https://example.org:8443/a",
        "https://münchen.example/ü.mp4",
    ],
)
def test_ordinary_addresses_may_be_asked(url: str) -> None:
    """Addresses as people paste them are taken."""
    assert check_url(url).scheme in ("http", "https")


def test_resolver_reads_old_forms_of_numbers() -> None:
    """The real resolver gives numeric addresses, whichever way a number is written."""
    assert "127.0.0.1" in resolve_name("127.0.0.1", 80)
    assert all(not is_public(address) for address in resolve_name("localhost", 80))


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "192.168.0.1"], ["::1"], ["fd00::1"]])
def test_names_that_resolve_to_private_addresses_are_refused(folder: Path, addresses: list[str]) -> None:
    """A public name does not help: what it resolves to counts, and one private address is enough."""
    with pytest.raises(UrlRefused, match="private network"):
        fetch_public("http://films.example/film.mp4", folder, resolve=lambda host, port: addresses)


@pytest.mark.parametrize(
    ("code", "kind"), [(socket.EAI_NONAME, UrlRefused), (socket.EAI_AGAIN, DownloadInterrupted)]
)
def test_names_that_do_not_resolve(folder: Path, code: int, kind: type[UrlRefused]) -> None:
    """A name that does not exist is refused; a name server that is busy is worth another try."""

    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(code, "no")

    with pytest.raises(UrlRefused, match=r"films\.example") as refused:
        fetch_public("http://films.example/film.mp4", folder, resolve=resolve)
    assert type(refused.value) is kind
