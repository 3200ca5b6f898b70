"""Receivers that break the rules, one way each: every attempt ends, in time, with little read, and says why."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.certificates import Authority
from tests.webhooks.receivers import Behaviour, Receiver, Visit, answering, hanging, saying
from tests.webhooks.sends import a_request, a_sender, result_of, results_of, sent_once
from tracker.webhooks.sending import Outcome

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

#: What a receiver could push into the system's buffers, its own included, before anybody read a byte of it.
MOST_SENT = 1_000_000


def drips(start: bytes, then: bytes) -> Behaviour:
    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(start)
        visit.drip(then)

    return behave


def endless(start: bytes, then: bytes) -> Behaviour:
    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(start)
        visit.endlessly(then)

    return behave


def resets(visit: Visit) -> None:
    visit.read()
    visit.reset()


def resets_in_the_middle(visit: Visit) -> None:
    visit.read()
    visit.send(OK + b"Content-Length: 10\r\n\r\nabc")
    visit.reset()


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hanging, id="nothing"),
        pytest.param(drips(b"", OK), id="status line"),
        pytest.param(drips(OK, b"X-A: b\r\n"), id="headers"),
        pytest.param(drips(OK + b"X-A: ", b"b"), id="one header"),
        pytest.param(drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"),
        pytest.param(drips(OK + b"Content-Length: 100000\r\n\r\n", b"b"), id="body"),
        pytest.param(drips(OK + b"\r\n", b"b"), id="body until the connection closes"),
        pytest.param(drips(CHUNKED, b"1\r\nb\r\n"), id="chunks"),
        pytest.param(drips(CHUNKED + b"1;", b"b"), id="chunk extension"),
        pytest.param(drips(CHUNKED + b"0\r\n", b"X-A: b\r\n"), id="trailers"),
        pytest.param(drips(b"HTTP/1.1 101 Switching\r\n\r\n", b"b"), id="another protocol"),
    ],
)
def test_a_receiver_that_drips_or_hangs_is_cut_off_when_the_time_is_over(behaviour: Behaviour) -> None:
    with Receiver(behaviour) as receiver:
        result = sent_once(receiver.url, timeout_seconds=0.3)

    assert result.outcome is Outcome.TIMEOUT
    assert result.detail == "No complete answer within 0.3 s."


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(endless(OK, b"X-A: " + b"b" * 1000 + b"\r\n"), id="headers"),
        pytest.param(endless(OK + b"X-A: ", b"b" * 1000), id="one header"),
        pytest.param(endless(b"", b"HTTP/1.1 103 Early\r\n\r\n" * 50), id="interim answers"),
        pytest.param(endless(OK + b"Content-Length: 50000000\r\n\r\n", b"b" * 1000), id="body"),
        pytest.param(endless(OK + b"\r\n", b"b" * 1000), id="body until the connection closes"),
        pytest.param(endless(CHUNKED, b"3e8\r\n" + b"b" * 1000 + b"\r\n"), id="chunks"),
        pytest.param(endless(CHUNKED, b"1;" + b"b" * 1000 + b"\r\nb\r\n"), id="chunk extensions"),
        pytest.param(endless(CHUNKED + b"1;", b"b" * 1000), id="one chunk extension"),
        pytest.param(endless(CHUNKED + b"0\r\n", b"X-A: " + b"b" * 1000 + b"\r\n"), id="trailers"),
        pytest.param(endless(b"HTTP/1.1 500 No\r\n\r\n", b"b" * 1000), id="body of a refusal"),
    ],
)
def test_a_receiver_that_talks_without_end_is_cut_off_after_64_kib(behaviour: Behaviour) -> None:
    with Receiver(behaviour) as receiver:
        result = sent_once(receiver.url, timeout_seconds=10)

    assert result.outcome is Outcome.TOO_LARGE
    assert "65536 bytes" in result.detail
    assert receiver.sent < MOST_SENT


@pytest.mark.parametrize("head", [OK, OK + b"X-A: b\r\n" * 100, b"HTTP/1.1 103 Early\r\n\r\n" * 30 + OK])
def test_headers_and_body_are_counted_together_and_exactly(head: bytes) -> None:
    answer = head + b"Content-Length: 1000\r\n\r\n" + b"b" * 1000
    with Receiver(saying(answer)) as receiver:
        fits = sent_once(receiver.url, max_response_bytes=len(answer))
        body_too_large = sent_once(receiver.url, max_response_bytes=len(answer) - 1)
        head_too_large = sent_once(receiver.url, max_response_bytes=len(head) - 1)

    assert fits.outcome is Outcome.DELIVERED
    assert {body_too_large.outcome, head_too_large.outcome} == {Outcome.TOO_LARGE}
    assert (body_too_large.status, head_too_large.answer) == (200, b"")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip, gzip"])
def test_a_packed_answer_is_not_unpacked(coding: str) -> None:
    bomb = bytes.fromhex("1f8b0800000000000003") + b"\xed" * 1000
    with Receiver(answering(200, f"Content-Encoding: {coding}", body=bomb)) as receiver:
        result = sent_once(receiver.url)

    assert (result.outcome, result.answer) == (Outcome.DELIVERED, bomb)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"hello", id="HTTP/0.9"),
        pytest.param(b"<html>" * 1000, id="HTTP/0.9, longer"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n", id="an empty line"),
        pytest.param(b"HTTP/1.1 20x OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/2 200 OK\r\n\r\n", id="HTTP/2"),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", id="SSH"),
        pytest.param(b"220 mail.example ESMTP\r\n", id="SMTP"),
        pytest.param(OK + b"Content-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(OK + b"Content-Length: 5\r\n\r\nabc", id="a body too short"),
        pytest.param(CHUNKED + b"5\r\nabc", id="a chunk too short"),
    ],
)
def test_what_is_not_http_is_a_bad_answer(answer: bytes) -> None:
    with Receiver(saying(answer)) as receiver:
        result = sent_once(receiver.url)

    assert result.outcome is Outcome.BAD_ANSWER
    assert result.detail.endswith(".")


@pytest.mark.parametrize("behaviour", [resets, resets_in_the_middle])
def test_a_connection_that_breaks_is_a_failed_connection(behaviour: Behaviour) -> None:
    with Receiver(behaviour) as receiver:
        assert sent_once(receiver.url).outcome is Outcome.CONNECTION_FAILED


def test_where_nobody_listens_the_connection_fails() -> None:
    with Receiver(answering(200)) as receiver:
        url = receiver.url

    assert sent_once(url).outcome is Outcome.CONNECTION_FAILED


def test_a_receiver_that_accepts_nobody_is_given_up_within_the_time_for_connecting() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # The queue of those who knock is filled, so that the next one gets no answer at all.
        for _ in range(3):
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        result = sent_once(url, timeout_seconds=30, connect_timeout_seconds=0.3)

    assert (result.outcome, result.detail) == (Outcome.TIMEOUT, "No connection within 0.3 s.")


def test_a_certificate_for_another_name_or_from_nobody_or_out_of_date_is_refused(authority: Authority) -> None:
    trusted: dict[str, Any] = {"ca_file": str(authority.file), "look_up": lambda _: ["127.0.0.1"]}
    with (
        Receiver(answering(200), tls=authority.vouch("hooks.example", "127.0.0.1")) as receiver,
        Receiver(answering(200), tls=authority.vouch("hooks.example", days=-1)) as outdated,
    ):
        right = f"https://hooks.example:{receiver.port}/"
        assert sent_once(right, **trusted).outcome is Outcome.DELIVERED
        assert sent_once(receiver.url, **trusted).outcome is Outcome.DELIVERED
        other_name = sent_once(f"https://other.example:{receiver.port}/", **trusted)
        from_nobody = sent_once(right, look_up=trusted["look_up"])
        out_of_date = sent_once(f"https://hooks.example:{outdated.port}/", **trusted)

    assert {other_name.outcome, from_nobody.outcome, out_of_date.outcome} == {Outcome.TLS_FAILED}
    assert (len(receiver.requests), len(outdated.requests)) == (2, 0)
    assert "other.example" in other_name.detail


def test_a_receiver_that_speaks_no_tls_or_hangs_in_it_gets_nothing() -> None:
    with (
        Receiver(lambda visit: visit.send(b"HTTP/1.1 400 No\r\n\r\n")) as plain,
        Receiver(lambda visit: visit.hang()) as silent,
    ):
        spoke_plain = sent_once(plain.url.replace("http:", "https:"))
        stayed_silent = sent_once(silent.url.replace("http:", "https:"), connect_timeout_seconds=0.3)

    assert spoke_plain.outcome is Outcome.TLS_FAILED
    assert (stayed_silent.outcome, stayed_silent.detail) == (Outcome.TIMEOUT, "No connection within 0.3 s.")
    assert stayed_silent.timing.first_byte == 0


def test_each_request_may_have_its_own_time() -> None:
    with Receiver(hanging) as receiver, a_sender(timeout_seconds=30) as sender:
        result = result_of(sender, receiver.url, timeout_seconds=0.2)

    assert result.detail == "No complete answer within 0.2 s."


@settings(max_examples=60)
@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                *(OK, b"HTTP/1.1 ", b"HTTP/1.0 204 No\r\n", b"100 ", b"\r\n", b"\n", b"\0", b"5\r\nhello\r\n"),
                *(b"Content-Length: 5\r\n", b"Content-Length: 99999999999999999999\r\n", b"0\r\n\r\n", b"\xff"),
                *(b"Transfer-Encoding: chunked\r\n", b"Location: /\r\n", b": x\r\n", b"Retry-After: \xfc\r\n"),
            ]
        ),
        max_size=8,
    ).map(b"".join)
)
def test_no_answer_does_anything_but_become_a_result(answer: bytes) -> None:
    with Receiver(saying(answer)) as receiver, a_sender() as sender:
        result = result_of(sender, receiver.url)
        # The sender works on as before, also on the line that this answer came by.
        with Receiver(answering(200)) as good:
            assert results_of(sender, [a_request(good.url, "good")])["good"].outcome is Outcome.DELIVERED

    assert result.outcome in Outcome
    assert (result.outcome is Outcome.DELIVERED) <= (result.status in range(200, 300))
