"""Downloads go only where they may, however an address, a name or a redirect is dressed up."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UrlRefused
from core.media.download import MAX_REDIRECTS
from tests.film_server import FILM, Server, fetch, fetch_public, left_over, running

CERTIFICATE = Path(__file__).resolve().parent.parent / "certificates" / "clip.example.pem"


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server()) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/film.mp4",
        "http://localhost:{port}/film.mp4",
        "http://2130706433:{port}/film.mp4",
        "http://0x7f000001:{port}/film.mp4",
        "http://0x7f.1:{port}/film.mp4",
        "http://0177.0.0.1:{port}/film.mp4",
        "http://127.1:{port}/film.mp4",
        "http://0:{port}/film.mp4",
        "http://0.0.0.0:{port}/film.mp4",
        "http://127.0.0.1.:{port}/film.mp4",
        "http://１２７.0.0.1:{port}/film.mp4",
        "http://127。0。0。1:{port}/film.mp4",
        "http://[::1]:{port}/film.mp4",
        "http://[::]:{port}/film.mp4",
        "http://[::ffff:127.0.0.1]:{port}/film.mp4",
        "http://[::ffff:7f00:1]:{port}/film.mp4",
        "http://[64:ff9b::7f00:1]:{port}/film.mp4",
        "http://[2002:7f00:1::]:{port}/film.mp4",
        "http://[fe80::1]:{port}/film.mp4",
        "http://example.com@127.0.0.1:{port}/film.mp4",
        "http://127.0.0.1:{port}\\@example.com/film.mp4",
        "http://127.0.0.1%00.example.com:{port}/film.mp4",
    ],
)
def test_loopback_is_refused_in_every_spelling(server: Server, folder: Path, url: str) -> None:
    """However loopback is written, nothing is asked there and nothing is written here."""
    with pytest.raises(UrlRefused) as refused:
        fetch_public(url.format(port=server.server_port), folder)
    assert not refused.value.retryable
    assert not server.asked
    assert not left_over(folder)


def test_the_checked_address_is_the_one_connected_to(server: Server, folder: Path) -> None:
    """A name is resolved once per connection, so it cannot turn private after the check."""
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    done = fetch(server.at("/film.mp4", host="films.example"), folder, resolve=resolve)
    assert done.received.size_bytes == len(FILM)
    assert asked == [("films.example", server.server_port)]
    assert server.asked[0][1]["Host"] == f"films.example:{server.server_port}"


def test_second_address_is_tried(server: Server, folder: Path) -> None:
    """Where the first address of a name does not answer, the next one is used."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.2", 0))
        done = fetch(
            server.at("/film.mp4", host="films.example"),
            folder,
            resolve=lambda *_: ["127.0.0.2", "127.0.0.1"],
        )
    assert done.received.size_bytes == len(FILM)


def test_redirect_to_a_private_address_is_refused(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect is checked like the first address, also when it names a host of the same look."""
    server.answers["/away"] = lambda to: to.give(302, Location=server.at("/film.mp4", host="intern.example"))
    public = {"films.example": ["127.0.0.1"], "intern.example": ["10.1.2.3"]}

    def resolve(host: str, port: int) -> list[str]:
        return public[host]

    # Loopback stands for the public internet here: the first hop is allowed, the second is not.
    monkeypatch.setattr("core.media.addresses.is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(UrlRefused, match="private network"):
        fetch_public(server.at("/away", host="films.example"), folder, resolve=resolve)
    assert [path for path, _ in server.asked] == ["/away"]
    assert not left_over(folder)


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://example.com/film.mp4",
        "gopher://127.0.0.1/",
        "http://user:secret@example.com/film.mp4",
        "http://127.0.0.1:22/",
        "http://[broken",
        "",
    ],
)
def test_redirect_to_a_forbidden_address_is_refused(server: Server, folder: Path, location: str) -> None:
    """A redirect may not lead where a typed address may not."""
    server.answers["/away"] = lambda to: to.give(301, Location=location)
    with pytest.raises(UrlRefused):
        fetch(server.at("/away"), folder)
    assert len(server.asked) == 1


def test_relative_redirects_are_followed(server: Server, folder: Path) -> None:
    """Redirects are followed, and the file is named by where it was found."""
    server.answers["/a/start"] = lambda to: to.give(307, Location="../b/next?x=1#part")
    server.answers["/b/next"] = lambda to: to.give(303, Location="/film.mp4")
    done = fetch(server.at("/a/start"), folder)
    assert (done.received.size_bytes, done.name) == (len(FILM), "film.mp4")
    assert [path for path, _ in server.asked] == ["/a/start", "/b/next?x=1", "/film.mp4"]


def test_redirects_in_a_circle_end(server: Server, folder: Path) -> None:
    """After five redirects it is enough."""
    server.answers["/round"] = lambda to: to.give(302, Location="/round")
    with pytest.raises(UrlRefused, match="too often"):
        fetch(server.at("/round"), folder)
    assert len(server.asked) == MAX_REDIRECTS + 1


def test_proxies_of_the_environment_are_ignored(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would connect for us, past every check: variables that name one change nothing."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(server.at("/film.mp4"), folder).received.size_bytes == len(FILM)


@pytest.fixture
def secure() -> Iterator[Server]:
    """A server with a certificate for clip.example."""
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    with running(server):
        yield server


def loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_certificate_is_checked_against_the_name(
    secure: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We connect to an address, but it is the name in the URL that the certificate must be for."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    done = fetch(secure.at("/film.mp4", host="clip.example"), folder, resolve=loopback)
    assert done.received.size_bytes == len(FILM)
    with pytest.raises(UrlRefused, match="certificate") as refused:
        fetch(secure.at("/film.mp4", host="other.example"), folder, resolve=loopback)
    assert not refused.value.retryable


def test_unknown_certificate_is_refused(
    secure: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody vouches for is refused for good."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with pytest.raises(UrlRefused, match="certificate"):
        fetch(secure.at("/film.mp4", host="clip.example"), folder, resolve=loopback)


def test_redirect_to_an_insecure_address_is_refused(
    secure: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who pastes https gets https to the end."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    secure.answers["/away"] = lambda to: to.give(302, Location="http://clip.example/film.mp4")
    with pytest.raises(UrlRefused, match="insecure"):
        fetch(secure.at("/away", host="clip.example"), folder, resolve=loopback)
