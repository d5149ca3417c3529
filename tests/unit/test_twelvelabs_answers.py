"""What Twelve Labs answers, in our own errors and in a person's words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from twelvelabs.core.api_error import ApiError
from twelvelabs.errors import BadRequestError, TooManyRequestsError
from twelvelabs.types.error_response import ErrorResponse
from twelvelabs.types.error_response_error import ErrorResponseError

from core.embedding.twelvelabs import sentences
from core.embedding.twelvelabs.answers import Answer, read, translated
from core.errors import (
    CuepointError,
    EngineBusy,
    EngineLimitReached,
    EngineRefused,
    EngineUnauthorized,
    EngineUnavailable,
    NotFound,
)

SECRET = "tlk_s3cret"
HEADERS = {"x-api-key": SECRET, "set-cookie": f"session={SECRET}"}


def answer_to(exc: Exception, status: int | None = None) -> Answer:
    return read(exc, status=status, ours=True, retry_after_s=None)


def api_error(status: int, body: Any = None) -> ApiError:
    return ApiError(status_code=status, headers=dict(HEADERS), body=body)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "video_duration_too_short", "message": "Too short."},
        {"error": {"code": "video_duration_too_short", "message": "Too short."}},
        ErrorResponse(error=ErrorResponseError(code="video_duration_too_short", message="Too short.")),
    ],
)
def test_both_shapes_are_understood(body: Any) -> None:
    """Code and message are found wherever the two shapes of an error have them."""
    answer = answer_to(api_error(400, body))
    assert (answer.code, answer.reason) == ("video_duration_too_short", "Too short.")
    assert translated(answer).message == (
        "Twelve Labs does not accept this: the video is too short; Marengo needs at least 4 seconds. "
        "Change it, and try again."
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "parameter_invalid", EngineRefused),
        (400, "api_key_invalid", EngineUnauthorized),
        (401, "", EngineUnauthorized),
        (402, "", EngineLimitReached),
        (403, "api_not_allowed", EngineUnauthorized),
        (403, "usage_limit_exceeded", EngineLimitReached),
        (429, "usage_hard_limit_exceeded", EngineLimitReached),
        (404, "resource_not_exist", NotFound),
        (408, "", EngineUnavailable),
        (409, "", EngineUnavailable),
        (410, "", NotFound),
        (413, "", EngineRefused),
        (422, "", EngineRefused),
        (425, "", EngineUnavailable),
        (429, "too_many_requests", EngineBusy),
        (429, "quota_exceeded", EngineLimitReached),
        (429, "", EngineBusy),
        (500, "", EngineUnavailable),
        (503, "", EngineUnavailable),
        (302, "", EngineUnavailable),
        (200, "", EngineUnavailable),
    ],
)
def test_the_status_decides(status: int, code: str, kind: type[CuepointError]) -> None:
    """Each status becomes one kind of error, with a sentence that ends and names what comes next."""
    error = translated(answer_to(api_error(status, {"code": code, "message": "m"} if code else None)))
    assert type(error) is kind
    assert error.message.endswith(".")
    assert SECRET not in error.message


@pytest.mark.parametrize("body", [None, "", "<html>oops</html>", [], {"error": "no"}, {"code": 7}])
def test_any_body_is_survived(body: Any) -> None:
    """An empty body, a page of HTML or a shape nobody knows is judged by its status alone."""
    assert isinstance(translated(answer_to(TooManyRequestsError(body=body, headers=HEADERS))), EngineBusy)
    refused = translated(answer_to(BadRequestError(body=body, headers=HEADERS)))
    assert isinstance(refused, EngineRefused)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "api_key_invalid", sentences.WRONG_KEY),
        (403, "api_not_allowed", sentences.no_right("")),
        (403, "api_allowed_for_paid_plan", sentences.no_right("api_allowed_for_paid_plan")),
        (402, "", sentences.QUOTA),
    ],
)
def test_trouble_with_the_account_names_the_next_step(status: int, code: str, sentence: str) -> None:
    """A wrong key, a key without rights and a used-up quota each have their own sentence."""
    assert translated(answer_to(api_error(status, {"code": code, "message": "m"}))).message == sentence


def test_an_unknown_refusal_speaks_in_the_words_of_the_provider() -> None:
    """A reason that has no sentence of ours is passed on in one line, without any address."""
    message = "The segment\nat https://bucket.example/a?X-Amz-Signature=abc is\tbad."
    error = translated(answer_to(api_error(400, {"code": "odd", "message": message})))
    assert (
        error.message
        == "Twelve Labs does not accept this: The segment at … is bad. Change it, and try again."
    )


def test_a_very_long_reason_is_cut() -> None:
    """A provider's sentence cannot fill the page."""
    error = translated(answer_to(api_error(400, {"code": "odd", "message": "word " * 500})))
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("exc", "sent"),
    [
        (httpx.ConnectError("no route"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.PoolTimeout("full"), False),
        (httpx.UnsupportedProtocol("ftp"), False),
        (httpx.ReadTimeout("slow"), True),
        (httpx.WriteTimeout("slow"), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteError("reset"), True),
        (httpx.RemoteProtocolError("cut"), True),
    ],
)
def test_what_was_never_sent_is_known(exc: Exception, sent: bool) -> None:
    """Only where the connection was never made is it certain that nothing was done."""
    answer = answer_to(exc)
    assert answer.maybe_done is sent
    error = translated(answer)
    assert isinstance(error, EngineUnavailable)
    assert ("internet connection" in error.message) is not sent


@pytest.mark.parametrize(
    ("status", "maybe"),
    [(200, True), (400, False), (401, False), (404, False), (408, True), (409, True), (413, False),
     (425, True), (429, False), (500, True), (502, True), (503, True), (504, True)],
)  # fmt: skip
def test_which_answers_leave_it_open(status: int, maybe: bool) -> None:
    """A refusal did nothing; an unreadable answer or a fault of the server may have done it all."""
    assert answer_to(api_error(status)).maybe_done is maybe


def test_a_refusal_that_is_cut_off_is_a_refusal() -> None:
    """Where the status of a 400 came through but its body did not, nothing was done."""
    assert not answer_to(httpx.RemoteProtocolError("cut"), status=400).maybe_done
    assert answer_to(httpx.RemoteProtocolError("cut"), status=200).maybe_done


@pytest.mark.parametrize(("status", "kind"), [(403, NotFound), (400, NotFound), (503, EngineUnavailable)])
def test_a_signed_address_that_is_refused_is_old(status: int, kind: type[CuepointError]) -> None:
    """A refused part of an upload asks for a fresh address; it says nothing about the key."""
    response = httpx.Response(status, request=httpx.Request("PUT", "https://b.example/?Signature=abc"))
    exc = httpx.HTTPStatusError("no", request=response.request, response=response)
    error = translated(read(exc, status=status, ours=False, retry_after_s=None))
    assert type(error) is kind
    assert "Signature" not in error.message


def test_the_cause_that_is_kept_has_no_secrets() -> None:
    """What is chained for the log tells kind, status and code, and not the headers that `ApiError` prints."""
    exc = api_error(429, {"code": "too_many_requests", "message": f"key {SECRET}"})
    assert SECRET in str(exc)
    cause = answer_to(exc).as_cause()
    assert str(cause) == "ApiError 429 too_many_requests"
