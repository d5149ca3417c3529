"""Nothing of the library answers without a sign-in: every route, the websocket, and a person's way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.e2e.watching import video
from tests.made_media import Film, made
from tests.oidc import provider
from tests.signing_in import Entrance, entrance
from tests.web import saying

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = "Walrus parade"
# Everything else must be refused; a route that is not in the list is covered because it is not.
OPEN = {
    ("/_stcore/health", "GET"),
    ("/_stcore/health", "HEAD"),
    ("/_stcore/health", "OPTIONS"),
    ("/_stcore/host-config", "GET"),
    ("/_stcore/host-config", "HEAD"),
    ("/api/health", "GET"),
    ("/api/health", "HEAD"),
    ("/api/ready", "GET"),
    ("/api/ready", "HEAD"),
    ("/auth/login", "GET"),
    ("/auth/login", "HEAD"),
    ("/auth/logout", "GET"),
    ("/auth/logout", "HEAD"),
    ("/oauth2callback", "GET"),
    ("/oauth2callback", "HEAD"),
    ("/api/control/{work}", "POST"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """The application, for people of example.org only, with one film in its library."""
    folder = tmp_path_factory.mktemp("entrance")
    with provider() as one, entrance(folder, one, CUEPOINT_ALLOWED_EMAILS="@example.org") as made_one:
        film = made(Film(seconds=4.0, moving=True), ".mp4")
        answer = httpx.put(
            f"{made_one.url}/api/upload",
            params={"token": made_one.tokens.upload()},
            headers=saying(name="walrus.mp4", title=TITLE),
            content=film,
            cookies=made_one.cookie(),
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        yield made_one


@pytest.fixture
def page(own_page: Any) -> Any:
    """Return a page of its own context: its console is listened to, and its cookies are the rule."""
    return own_page


def strangers(served: Entrance) -> dict[str, dict[str, str]]:
    """Return the cookies of everybody who must stay outside."""
    good = served.cookie()["_streamlit_user"]
    return {
        "nobody": {},
        "signed with another secret": served.cookie(secret="x" * 64),
        "changed after signing": {"_streamlit_user": f"{good[:20]}A{good[21:]}"},
        "not signed in": served.cookie(is_logged_in=False),
        "another application's address": served.cookie(origin="https://other.example"),
        "another application at the provider": served.cookie(aud="another"),
        "another issuer": served.cookie(iss="https://accounts.example"),
        "another provider here": served.cookie(provider="other"),
        "not on the list": served.cookie(email="eve@elsewhere.org"),
        "a domain that only ends alike": served.cookie(email="eve@notexample.org"),
        "an address that nobody verified": served.cookie(email_verified=False),
        "no address": served.cookie(email=None),
        "expired": served.cookie(age_days=30.5),
    }


def test_every_route_is_refused_to_strangers(served: Entrance) -> None:
    """Each route of the application's table, asked in each of its methods, answers no stranger."""
    asked = 0
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        for who, cookies in strangers(served).items():
            header = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            for route in served.table:
                path = re.sub(r"\{[^}]+\}", "x", route["path"])
                for method in route["methods"]:
                    if (route["path"], method) in OPEN:
                        continue
                    answer = client.request(method, path, headers=header)
                    assert answer.status_code == 401, (who, method, path)
                    asked += 1
    assert asked >= 13 * 20
    kinds = [(route["path"], route["kind"]) for route in served.table if not route["methods"]]
    # The stream is tried below; what is mounted are the empty pages and their scripts.
    assert kinds == [("/_stcore/stream", "WebSocketRoute"), ("", "Mount")]


def test_signed_links_are_no_way_in(served: Entrance) -> None:
    """A media link that is good to somebody who signed in is good to nobody else."""
    film = next(served.layout.originals.glob("*.mp4"))
    link = f"{served.url}/api/media/{served.tokens.media('play', film.stem)}"
    assert httpx.get(link, cookies=served.cookie()).status_code == 200
    assert httpx.get(link).status_code == 401
    assert httpx.get(f"{served.url}/_stcore/metrics").status_code == 401


def test_what_is_open_says_nothing(served: Entrance) -> None:
    """Health and readiness are one word each; work from the command line needs its own token."""
    assert httpx.get(f"{served.url}/api/health").json() == {"status": "ok"}
    assert set(httpx.get(f"{served.url}/api/ready").json()) == {"status"}
    work = f"{served.url}/api/control/rebuild"
    assert httpx.post(work).status_code == 403
    assert httpx.post(work, cookies=served.cookie()).status_code == 403
    token = {"Authorization": f"Bearer {served.tokens.control()}"}
    # There is no such work, and to be told so the token had to be right.
    assert httpx.post(f"{served.url}/api/control/nothing", headers=token).status_code == 404


def test_provider_signs_in(served: Entrance) -> None:
    """Who comes back from the provider's code flow is let in where the list allows it, else not."""
    with served.sign_in() as browser:
        assert browser.get("/_stcore/metrics").status_code == 200
    served.provider.email = "eve@elsewhere.org"
    try:
        with served.sign_in() as browser:
            assert browser.get("/_stcore/metrics").status_code == 401
    finally:
        served.provider.email = "ada@example.org"


def test_headers_and_names(served: Entrance) -> None:
    """Every answer carries the headers, refusals too; other names are refused before everything."""
    for path in ("/", "/api/media/x", "/api/health", "/static/nothing"):
        headers = httpx.get(f"{served.url}{path}").headers
        assert "frame-ancestors" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert "strict-transport-security" not in headers
    secure = httpx.get(f"{served.url}/", headers={"x-forwarded-proto": "https"})
    assert secure.headers["strict-transport-security"]
    rebound = httpx.get(f"{served.url}/api/health", headers={"host": "evil.example"})
    assert rebound.status_code == 421
    with pytest.raises(InvalidStatus):
        connect(
            f"{served.url.replace('http', 'ws')}/_stcore/stream", additional_headers={"Host": "evil.example"}
        )


def page_of(served: Entrance, cookies: dict[str, str], session: str = "") -> tuple[bytes, str]:
    """Return all that the library page sends over a websocket, and the name of its session."""
    xsrf = httpx.get(f"{served.url}/_stcore/host-config").cookies.get("_streamlit_xsrf", "")
    if not xsrf:
        xsrf = httpx.get(f"{served.url}/_stcore/health").cookies["_streamlit_xsrf"]
    sent = {**cookies, "_streamlit_xsrf": xsrf}
    request = BackMsg()
    request.rerun_script.page_name = "library"
    received, name = b"", session
    with connect(
        f"{served.url.replace('http', 'ws')}/_stcore/stream",
        origin=served.url,  # type: ignore[arg-type]  # a string of its own type
        subprotocols=[Subprotocol(one) for one in ("streamlit", xsrf, session) if one],
        additional_headers={"Cookie": "; ".join(f"{key}={value}" for key, value in sent.items())},
        max_size=None,
    ) as stream:
        stream.send(request.SerializeToString())
        while True:
            message = stream.recv(timeout=30)
            assert isinstance(message, bytes)
            received += message
            told = ForwardMsg.FromString(message)
            if told.WhichOneof("type") == "new_session":
                name = told.new_session.initialize.session_id
            if told.WhichOneof("type") == "script_finished":
                return received, name


def test_websocket_shows_strangers_the_sign_in_only(served: Entrance) -> None:
    """A page's websocket carries the library to those who signed in, and one button to strangers."""
    shown, session = page_of(served, served.cookie())
    assert TITLE.encode() in shown
    for who, cookies in strangers(served).items():
        shown, _ = page_of(served, cookies)
        assert TITLE.encode() not in shown, who
        assert b"Sign in" in shown or b"Not for this account" in shown, who
        assert b"material/video_library" not in shown, who
    # Whoever learns the name of somebody's session gets one of their own instead.
    shown, given = page_of(served, {}, session)
    assert TITLE.encode() not in shown
    assert given != session


def test_a_person_signs_in_searches_and_leaves(served: Entrance, page: Any) -> None:
    """Before and after the visit there is one button; the film's link is good during the visit only."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(served.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)
    # The one link of Streamlit's own leads to where the page begins.
    expect(page.get_by_role("link")).to_have_text(["Skip to main content"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Library")).to_be_visible()
    found = page.get_by_role("region", name="Results").get_by_text(TITLE).first
    for _ in range(20):
        # The film may still be on its way into the index.
        page.goto(f"{served.url}/?q=moving")
        expect(page.get_by_role("region", name="Player")).to_be_visible()
        if page.get_by_text("Nothing here matches").count() == 0 and found.count():
            break
        page.wait_for_timeout(500)
    expect(found).to_be_visible()
    expect(video(page)).to_have_js_property("readyState", 4)
    link = video(page).evaluate("v => v.currentSrc")
    assert "/api/media/" in link
    assert page.request.get(link).status == 200
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert served.provider.signed_out == 1
    assert page.request.get(link).status == 401
    assert "_streamlit_user" not in {cookie["name"] for cookie in page.context.cookies()}
    assert said == []
