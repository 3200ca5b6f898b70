"""Nothing forbidden is ever reached, by whatever name or way. Each test has a receiver that counts who came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webhooks.receivers import Receiver, answering, saying
from tests.webhooks.sends import LOOPBACK, JumpingClock, a_request, a_sender, result_of, results_of, sent_once
from tests.webhooks.spellings import INSIDE_ADDRESSES, LOOPBACK_HOSTS
from tracker.webhooks.addresses import AddressRules
from tracker.webhooks.names import KEEP_SECONDS
from tracker.webhooks.sending import Outcome

#: Opened is one address next to the receiver's, so that any port and http may be tried, and the receiver is inside.
ELSEWHERE_OPEN = AddressRules(["127.0.0.2/32"])


@pytest.fixture
def inside() -> Iterator[Receiver]:
    """A receiver at an address that may not be called, 127.0.0.1."""
    with Receiver(answering(200)) as receiver:
        yield receiver


@pytest.fixture
def inside_ipv6(inside: Receiver) -> Iterator[Receiver]:
    """Another at ::1 and the same port."""
    with Receiver(answering(200), host="::1", port=inside.port) as receiver:
        yield receiver


def test_no_spelling_of_an_inside_host_is_reached(inside: Receiver, inside_ipv6: Receiver) -> None:
    urls = [f"{scheme}://{host}:{inside.port}/" for host in LOOPBACK_HOSTS for scheme in ("http", "https")]
    with a_sender(ELSEWHERE_OPEN, look_up=lambda _: ["127.0.0.1", "::1"]) as sender:
        results = results_of(sender, [a_request(url, url) for url in urls])

    assert {result.outcome for result in results.values()} == {Outcome.FORBIDDEN_ADDRESS}
    assert len(results) == 2 * len(LOOPBACK_HOSTS)
    assert (inside.visits, inside_ipv6.visits) == (0, 0)


def test_the_receivers_of_these_tests_could_be_reached(inside: Receiver, inside_ipv6: Receiver) -> None:
    with a_sender(LOOPBACK) as sender:
        for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"):
            assert result_of(sender, f"http://{host}:{inside.port}/").outcome is Outcome.DELIVERED

    assert (inside.visits, inside_ipv6.visits) in {(2, 2), (3, 1)}


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_inside_reaches_nothing(
    scheme: str, ip: str, inside: Receiver, inside_ipv6: Receiver
) -> None:
    url = f"{scheme}://hooks.example.com:{inside.port}/"
    result = sent_once(url, ELSEWHERE_OPEN, look_up=lambda _: [ip])

    assert result.outcome is Outcome.FORBIDDEN_ADDRESS
    # What a name means inside is not told to whoever may have an endpoint.
    assert ip not in result.detail
    assert (inside.visits, inside_ipv6.visits) == (0, 0)


def test_a_name_of_the_system_that_leads_inside_reaches_nothing(inside: Receiver, inside_ipv6: Receiver) -> None:
    result = sent_once(f"http://localhost:{inside.port}/", ELSEWHERE_OPEN)

    assert result.outcome is Outcome.FORBIDDEN_ADDRESS
    assert (inside.visits, inside_ipv6.visits) == (0, 0)


def test_a_name_with_addresses_of_every_forbidden_kind_opens_no_connection() -> None:
    names = {f"n{number}.example.com": ip for number, ip in enumerate(INSIDE_ADDRESSES)}
    with a_sender(AddressRules(), look_up=lambda name: [names[name]]) as sender:
        results = results_of(sender, [a_request(f"https://{name}/", ip) for name, ip in names.items()])

    assert {ip: result.outcome for ip, result in results.items()} == dict.fromkeys(
        INSIDE_ADDRESSES, Outcome.FORBIDDEN_ADDRESS
    )


@pytest.mark.parametrize("order", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
def test_of_mixed_answers_only_the_allowed_one_is_called(order: list[str], inside: Receiver) -> None:
    with Receiver(answering(200), host="127.0.0.2", port=inside.port) as outside:
        result = sent_once(f"http://hooks.example.com:{inside.port}/", ELSEWHERE_OPEN, look_up=lambda _: order)

    assert result.outcome is Outcome.DELIVERED
    assert (outside.visits, inside.visits) == (1, 0)


def test_of_mixed_answers_the_forbidden_one_is_no_second_choice(inside: Receiver) -> None:
    result = sent_once(
        f"http://hooks.example.com:{inside.port}/",
        ELSEWHERE_OPEN,
        look_up=lambda _: ["127.0.0.2", "127.0.0.1", "::ffff:127.0.0.1"],
    )

    assert result.outcome is Outcome.CONNECTION_FAILED
    assert inside.visits == 0


def test_a_name_that_is_rebound_reaches_nothing_inside(inside: Receiver) -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"]])
    clock = JumpingClock()
    with (
        Receiver(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "127.0.0.2", inside.port) as outside,
        a_sender(ELSEWHERE_OPEN, look_up=lambda _: next(answers), clock=clock) as sender,
    ):
        outcomes = []
        for _ in range(3):
            outcomes.append(result_of(sender, f"http://hooks.example.com:{inside.port}/").outcome)
            clock.jumped += KEEP_SECONDS + 1

    assert outcomes == [Outcome.DELIVERED, Outcome.FORBIDDEN_ADDRESS, Outcome.DELIVERED]
    assert (outside.visits, inside.visits) == (2, 0)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_inside_reaches_nothing(status: int, inside: Receiver) -> None:
    with Receiver(answering(status, f"Location: {inside.url}"), host="127.0.0.2") as outside:
        result = sent_once(outside.url, ELSEWHERE_OPEN)

    assert result.outcome is Outcome.REFUSED_STATUS
    assert (outside.visits, inside.visits) == (1, 0)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.2/", "gopher://127.0.0.2/", "unix:///run/x", "", "javascript:alert(1)"]
)
def test_nothing_but_http_is_spoken(url: str) -> None:
    assert sent_once(url, ELSEWHERE_OPEN).outcome is Outcome.FORBIDDEN_ADDRESS


def test_http_and_other_ports_of_a_public_address_are_not_even_dialled() -> None:
    with a_sender(ELSEWHERE_OPEN, look_up=lambda _: ["8.8.8.8"]) as sender:
        urls = ["http://hooks.example.com/", "https://hooks.example.com:22/", "http://hooks.example.com:8443/"]
        results = results_of(sender, [a_request(url, url) for url in urls])

    assert {result.outcome for result in results.values()} == {Outcome.FORBIDDEN_ADDRESS}
