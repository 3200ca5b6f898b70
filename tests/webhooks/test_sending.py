"""What is sent, what counts as delivered, and what a result tells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.webhooks.certificates import Authority
from tests.webhooks.receivers import Receiver, Visit, answering, saying
from tests.webhooks.sends import a_request, a_sender, result_of, results_of, sent_once
from tracker.webhooks.lines import trusted_certificates
from tracker.webhooks.sending import Outcome, Request
from tracker.webhooks.signing import headers, new_secret, verify


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_status_in_the_200s_is_success(status: int) -> None:
    with Receiver(answering(status)) as receiver:
        result = sent_once(receiver.url)

    assert (result.outcome, result.status, result.detail) == (Outcome.DELIVERED, status, f"Answered {status}.")


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 407, 410, 417, 429, 500, 503, 600, 999])
def test_any_other_status_is_a_refusal(status: int) -> None:
    with Receiver(answering(status, "WWW-Authenticate: Basic", "Proxy-Authenticate: Basic")) as receiver:
        result = sent_once(receiver.url)

    assert (result.outcome, result.status) == (Outcome.REFUSED_STATUS, status)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_refusal_and_its_target_is_never_called(status: int) -> None:
    with (
        Receiver(answering(200)) as target,
        Receiver(answering(status, f"Location: {target.url}", f"Refresh: 0; url={target.url}")) as receiver,
    ):
        result = sent_once(receiver.url)

    assert (result.outcome, result.status) == (Outcome.REFUSED_STATUS, status)
    assert "Redirects are not followed" in result.detail
    assert target.visits == 0


def test_what_is_received_is_what_was_signed() -> None:
    secret, body, now = new_secret(), '{"text":"“Größe”"}'.encode(), int(time.time())
    with Receiver(answering(204)) as receiver, a_sender() as sender:
        results_of(sender, [Request(7, receiver.url, headers([secret], "evt_1", now, body), body)])

    ((head, received),) = receiver.requests
    request_line, *lines = head.decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    assert request_line == "POST /hook HTTP/1.1"
    assert received == body
    verify(secret, fields, received, now)
    Webhook(secret).verify(received, fields)
    assert fields["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert {name.lower() for name in fields} == {
        *("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent"),
        *("host", "accept", "content-length"),
    }


@pytest.mark.parametrize("size", [0, 1, 20_000, 3_000_000])
def test_a_body_of_any_size_arrives_whole(size: int) -> None:
    body = b"x" * size
    with Receiver(answering(200)) as receiver, a_sender(timeout_seconds=10) as sender:
        results = results_of(sender, [Request(1, receiver.url, {}, body)])

    assert results[1].outcome is Outcome.DELIVERED
    ((head, received),) = receiver.requests
    assert received == body
    # Nor does a large one wait for leave, which few receivers would give.
    assert b"expect" not in head.lower()


def test_the_first_4_kib_of_the_answer_are_kept() -> None:
    with Receiver(answering(500, body=b"abcd" * 2000)) as receiver:
        result = sent_once(receiver.url)

    assert result.answer == b"abcd" * 1024


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n", b"hello world"),
        (b"1\r\na\r\n" * 1000 + b"0\r\n\r\n", b"a" * 1000),
        (b"FFF\r\n" + b"a" * 4095 + b"\r\n2\r\nbc\r\n0\r\n\r\n", b"a" * 4095 + b"b"),
        (b"0\r\n\r\n", b""),
    ],
)
def test_a_chunked_answer_is_kept_without_its_chunks(sent: bytes, kept: bytes) -> None:
    with Receiver(saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)) as receiver:
        result = sent_once(receiver.url)

    assert (result.outcome, result.answer) == (Outcome.DELIVERED, kept)


def test_the_receivers_wish_for_a_pause_is_handed_on() -> None:
    early = b"HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\n"
    late = b"HTTP/1.1 503 No\r\nretry-after:  120 \r\nContent-Length: 0\r\n\r\n"
    with Receiver(saying(early + late)) as receiver, Receiver(saying(early + late[:17] + b"\r\n")) as other:
        assert sent_once(receiver.url).retry_after == "120"
        assert sent_once(other.url).retry_after is None


def test_a_receiver_may_say_that_it_wants_no_more() -> None:
    with (
        Receiver(answering(410)) as gone,
        Receiver(answering(200, "Webhook-Delivery: Disable")) as tired,
        Receiver(answering(200, "Webhook-Delivery: fine")) as content,
    ):
        assert [sent_once(each.url).unwanted for each in (gone, tired, content)] == [True, True, False]


def test_the_steps_of_an_attempt_come_one_after_another(authority: Authority) -> None:
    with Receiver(answering(200), tls=authority.vouch("hooks.example")) as receiver:
        result = sent_once(
            f"https://hooks.example:{receiver.port}/",
            ca_file=str(authority.file),
            look_up=lambda _: ["127.0.0.1"],
        )

    timing = result.timing
    assert result.outcome is Outcome.DELIVERED
    assert 0 < timing.dns <= timing.connect <= timing.tls <= timing.first_byte <= timing.total


def test_results_come_back_under_their_own_keys() -> None:
    with (
        Receiver(answering(200)) as good,
        Receiver(answering(500)) as bad,
        a_sender(in_flight=5, timeout_seconds=10) as sender,
    ):
        urls = [good.url if number % 3 else bad.url for number in range(300)]
        results = results_of(sender, [a_request(url, number) for number, url in enumerate(urls)])

    assert {key: result.status for key, result in results.items()} == {
        number: 200 if number % 3 else 500 for number in range(300)
    }
    assert (len(good.requests), len(bad.requests)) == (200, 100)
    assert good.visits + bad.visits <= 10


def test_a_connection_is_used_again_and_a_lost_one_replaced() -> None:
    def once_each(visit: Visit) -> None:
        visit.read()
        visit.answer(200)

    with Receiver(answering(200)) as keeping, Receiver(once_each) as closing, a_sender() as sender:
        outcomes = {result_of(sender, url).outcome for url in [keeping.url, closing.url] * 5}

    assert outcomes == {Outcome.DELIVERED}
    assert (keeping.visits, closing.visits) == (1, 5)


def test_ipv6_receivers_are_called() -> None:
    with Receiver(answering(200), host="::1") as receiver:
        assert sent_once(receiver.url).outcome is Outcome.DELIVERED


def test_cookies_passwords_and_proxies_are_none_of_our_business(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with (
        Receiver(answering(200)) as proxy,
        Receiver(answering(200, "Set-Cookie: a=b")) as receiver,
        a_sender() as sender,
    ):
        for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        outcomes = [result_of(sender, receiver.url).outcome for _ in range(2)]

    assert outcomes == [Outcome.DELIVERED] * 2
    assert proxy.visits == 0
    assert not any(b"cookie" in head.lower() or b"authorization" in head.lower() for head, _ in receiver.requests)


@pytest.mark.parametrize(
    "fields", [{"a": "b\r\nc: d"}, {"a\r\nb": "c"}, {"a": "ü"}, {"": "b"}, {"a b": "c"}, {"a:": "c"}, {"a": "\0"}]
)
def test_a_header_that_could_become_two_is_an_error_of_ours(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        Request(1, "https://example.com/", fields, b"")


def test_a_header_may_be_empty() -> None:
    with Receiver(answering(200)) as receiver, a_sender() as sender:
        results_of(sender, [Request(1, receiver.url, {"x-empty": ""}, b"")])

    assert b"x-empty:" in receiver.requests[0][0]


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_time_out_of_nothing_is_an_error_of_ours(seconds: float) -> None:
    with pytest.raises(ValueError, match="time-out"):
        a_request("https://example.com/", timeout_seconds=seconds)


def test_the_certificates_that_the_system_trusts_are_found() -> None:
    found = trusted_certificates()

    assert found is not None
    assert "BEGIN CERTIFICATE" in Path(found).read_text(errors="replace")
