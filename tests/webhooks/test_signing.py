from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from tracker.errors import Invalid
from tracker.webhooks.signing import BadSignature, headers, new_secret, sign, verify

NOW = 1_578_398_400
BODY = json.dumps({"type": "report.corrected", "data": {"story": "sty_1"}}).encode()
# Fixed, since they name tests: the workers of a run must agree on the names.
OLD, NEW, FOREIGN = (f"whsec_{base64.b64encode(bytes([filling]) * 32).decode()}" for filling in (1, 2, 3))


def test_a_secret_is_32_random_bytes_that_say_what_they_are() -> None:
    secrets = {new_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert all(secret.startswith("whsec_") for secret in secrets)
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_the_signature_is_that_of_the_published_example() -> None:
    # The test vector of the reference libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_independent_verifier_accepts_what_was_signed() -> None:
    sent = headers([NEW], "evt_1", int(time.time()), BODY)

    assert Webhook(NEW).verify(BODY, sent) == json.loads(BODY)


@pytest.mark.parametrize("known", [OLD, NEW])
def test_while_a_secret_is_replaced_both_are_accepted(known: str) -> None:
    sent = headers([NEW, OLD], "evt_1", int(time.time()), BODY)

    assert sent["webhook-signature"].count("v1,") == 2
    Webhook(known).verify(BODY, sent)
    verify(known, sent, BODY, int(time.time()))


def test_the_body_says_that_it_is_a_cloud_event() -> None:
    sent = headers([NEW], "evt_1", NOW, BODY)

    assert sent["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert set(sent) == {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("webhook-id", "evt_2"),
        ("webhook-id", ""),
        ("webhook-timestamp", str(NOW + 1)),
        ("webhook-timestamp", f"0{NOW}"),
        ("webhook-timestamp", f"{NOW}.0"),
        ("webhook-timestamp", "now"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,\ud800"),
        ("webhook-signature", sign([FOREIGN], "evt_1", NOW, BODY)),
        ("webhook-signature", sign([NEW], "evt_1", NOW, BODY).replace("v1,", "v1a,")),
        ("webhook-signature", sign([NEW], "evt_1", NOW, BODY).removeprefix("v1,")),
    ],
)
def test_a_changed_header_is_refused(field: str, value: str) -> None:
    sent = headers([NEW], "evt_1", NOW, BODY)
    verify(NEW, sent, BODY, NOW)

    with pytest.raises(BadSignature):
        verify(NEW, sent | {field: value}, BODY, NOW)


@pytest.mark.parametrize("field", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(field: str) -> None:
    sent = headers([NEW], "evt_1", NOW, BODY)
    del sent[field]

    with pytest.raises(BadSignature):
        verify(NEW, sent, BODY, NOW)


@given(st.data())
def test_a_changed_body_is_refused_by_us_and_by_the_independent_verifier(data: st.DataObject) -> None:
    now = int(time.time())
    sent = headers([NEW], "evt_1", now, BODY)
    at = data.draw(st.integers(0, len(BODY) - 1))
    changed = bytearray(BODY)
    changed[at] = data.draw(st.integers(32, 126).filter(lambda byte: byte != BODY[at]))

    with pytest.raises(BadSignature):
        verify(NEW, sent, bytes(changed), now)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(bytes(changed), sent)


def test_a_full_stop_cannot_move_from_the_body_into_the_id() -> None:
    with pytest.raises(ValueError, match="can't sign"):
        sign([NEW], "evt_1.5", NOW, BODY)

    moved = headers([NEW], "evt_1", NOW, b"2.rest") | {"webhook-id": f"evt_1.{NOW}", "webhook-timestamp": "2"}
    with pytest.raises(BadSignature):
        verify(NEW, moved, b"rest", 2)


@pytest.mark.parametrize("off", [-301, 301, -10_000_000])
def test_a_message_signed_too_long_ago_or_ahead_is_refused(off: int) -> None:
    sent = headers([NEW], "evt_1", NOW, BODY)
    verify(NEW, sent, BODY, NOW + (300 if off > 0 else -300))

    with pytest.raises(BadSignature, match="300 seconds"):
        verify(NEW, sent, BODY, NOW + off)


def test_header_names_are_read_in_any_case_and_foreign_signatures_are_passed_over() -> None:
    sent = {name.title(): value for name, value in headers([NEW], "evt_1", NOW, BODY).items()}
    sent["Webhook-Signature"] = "v1a,AAAA v2 ,, " + sent["Webhook-Signature"]

    verify(NEW, sent, BODY, NOW)


@given(st.binary(), st.integers(0, 2**40), st.from_regex(r"[A-Za-z0-9_-]{1,256}", fullmatch=True))
def test_whatever_is_signed_verifies_with_its_own_secret_only(body: bytes, timestamp: int, message_id: str) -> None:
    sent = headers([NEW], message_id, timestamp, body)

    verify(NEW, sent, body, timestamp)
    with pytest.raises(BadSignature):
        verify(FOREIGN, sent, body, timestamp)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "hunter2", NEW.removeprefix("whsec_"), "whsec_AAAA", "whsec_" + "A" * 92, "whsec_€", "whsec_A" * 7],
    ids=len,
)
def test_what_is_no_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(Invalid) as refused:
        sign([secret], "evt_1", NOW, BODY)

    assert [fault.pointer for fault in refused.value.faults] == ["/secret"]
    assert not secret or secret not in str(refused.value).replace("“whsec_”", "")


@pytest.mark.parametrize(
    ("secrets", "message_id", "timestamp"),
    [([], "evt_1", NOW), ([NEW], "", NOW), ([NEW], "a\r\nb", NOW), ([NEW], "x" * 257, NOW), ([NEW], "evt_1", -1)],
)
def test_nothing_is_signed_that_could_be_read_in_two_ways(secrets: list[str], message_id: str, timestamp: int) -> None:
    with pytest.raises(ValueError, match="can't sign"):
        sign(secrets, message_id, timestamp, BODY)


def test_every_signature_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(expected: bytes, offered: bytes) -> bool:
        compared.append(offered)
        return expected == offered

    monkeypatch.setattr("hmac.compare_digest", compare)
    sent = headers([NEW, OLD, FOREIGN], "evt_1", NOW, BODY)
    verify(NEW, sent, BODY, NOW)

    assert len(compared) == 3
