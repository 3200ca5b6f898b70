"""Many at once: who hangs holds up nobody, names included; and what is closed leaves nothing behind."""

from __future__ import annotations

import os
import resource
import select
import threading
from contextlib import ExitStack

import pytest

from tests.waiting import wait_until
from tests.webhooks.certificates import Authority
from tests.webhooks.receivers import Receiver, Visit, answering, hanging
from tests.webhooks.sends import LOOPBACK, JumpingClock, a_request, a_sender, result_of, results_of
from tracker.webhooks.names import LOOK_UPS
from tracker.webhooks.sending import Outcome


class _Crowd:
    """A behaviour that waits until ``size`` visitors are there at once, and a moment for one too many."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._changed = threading.Condition()
        self._here = 0
        self.most = 0

    def __call__(self, visit: Visit) -> None:
        while visit.read() is not None:
            with self._changed:
                self._here += 1
                self.most = max(self.most, self._here)
                self._changed.notify_all()
                assert self._changed.wait_for(lambda: self.most >= self._size, 10)
                self._changed.wait_for(lambda: self.most > self._size, 0.05)
                self._here -= 1
            visit.answer(200)


class _Resolver:
    """Looks names up: those that begin with “slow” hang until it is let go; counts every question."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        if name.startswith("slow"):
            self.let_go.wait(30)
        if name.startswith("nobody"):
            raise OSError("Name or service not known")
        return ["127.0.0.1"]


@pytest.mark.parametrize("places", [1, 4])
def test_as_many_are_under_way_as_there_are_places_and_no_more(places: int) -> None:
    crowd = _Crowd(places)
    with Receiver(crowd) as receiver, a_sender(in_flight=places, timeout_seconds=20) as sender:
        results = results_of(sender, [a_request(receiver.url, number) for number in range(3 * places)])

    assert {result.outcome for result in results.values()} == {Outcome.DELIVERED}
    assert crowd.most == places


def test_receivers_that_hang_free_their_places_for_others() -> None:
    with (
        Receiver(hanging) as bad,
        Receiver(answering(200)) as good,
        a_sender(in_flight=2, slow_after_seconds=0.05, timeout_seconds=60) as sender,
    ):
        for number in range(10):
            sender.submit(a_request(bad.url, f"bad {number}"))
        sender.submit(a_request(good.url, "good"))

        results = sender.poll(10)

    assert [(result.key, result.outcome) for result in results] == [("good", Outcome.DELIVERED)]


def test_the_slow_ones_have_places_of_their_own_and_no_more() -> None:
    with (
        Receiver(hanging) as bad,
        a_sender(in_flight=2, slow_in_flight=3, slow_after_seconds=0.02, timeout_seconds=60) as sender,
    ):
        for number in range(9):
            sender.submit(a_request(bad.url, number))
        wait_until(lambda: sender.poll(0.01) or bad.visits == 5, what="five attempts under way")
        # Long enough for more to have begun, if there were places for them.
        for _ in range(10):
            assert sender.poll(0.02) == []

        assert bad.visits == 5
        assert sender.in_flight == 9


def test_places_are_given_back_by_the_quick_and_by_the_slow() -> None:
    crowd, clock = _Crowd(2), JumpingClock()
    with (
        Receiver(answering(200)) as good,
        Receiver(hanging) as bad,
        Receiver(crowd) as receiver,
        a_sender(in_flight=2, slow_after_seconds=60, clock=clock) as sender,
    ):
        for number in range(5):
            sender.submit(a_request(bad.url, number, timeout_seconds=0.2))
        while sender.in_flight:
            clock.jumped += 61
            sender.poll(0.02)
        assert len(results_of(sender, [a_request(good.url, number) for number in range(5)])) == 5
        # The moment comes at which the last of them would have become slow ones.
        clock.jumped += 61
        assert sender.poll(0) == []
        crowded = [a_request(receiver.url, number, timeout_seconds=20) for number in range(8)]
        results = results_of(sender, crowded)

    assert bad.visits == 5
    assert {result.outcome for result in results.values()} == {Outcome.DELIVERED}
    assert crowd.most == 2


def test_names_that_hang_hold_up_no_others() -> None:
    resolver = _Resolver()
    with Receiver(answering(200)) as receiver, a_sender(look_up=resolver, connect_timeout_seconds=0.5) as sender:
        slow = [a_request(f"http://slow{n}.example.com:{receiver.port}/", f"slow {n}") for n in range(50)]
        good = [a_request(f"http://good{n}.example.com:{receiver.port}/", f"good {n}") for n in range(20)]
        results = results_of(sender, [*slow, *good])
        resolver.let_go.set()

    assert {results[request.key].outcome for request in good} == {Outcome.DELIVERED}
    assert {results[request.key].outcome for request in slow} == {Outcome.TIMEOUT}
    assert results["slow 0"].detail == "The name slow0.example.com could not be looked up in time."


def test_a_name_that_hangs_is_looked_up_once_however_many_ask() -> None:
    resolver = _Resolver()
    with a_sender(look_up=resolver, connect_timeout_seconds=0.2) as sender:
        urls = [f"https://slow.example.com:8443/{number}" for number in range(30)]
        for _ in range(2):
            results = results_of(sender, [a_request(url, url) for url in urls])
            assert {result.outcome for result in results.values()} == {Outcome.TIMEOUT}
        resolver.let_go.set()

    assert resolver.asked == ["slow.example.com"]


def test_an_answer_that_comes_late_serves_the_next_attempt() -> None:
    resolver = _Resolver()
    with Receiver(answering(200)) as receiver, a_sender(look_up=resolver, connect_timeout_seconds=0.2) as sender:
        url = f"http://slow.example.com:{receiver.port}/"
        assert result_of(sender, url).outcome is Outcome.TIMEOUT
        resolver.let_go.set()
        assert result_of(sender, url).outcome is Outcome.DELIVERED

    assert resolver.asked == ["slow.example.com"]


def test_more_names_than_are_looked_up_at_once_wait_for_their_turn() -> None:
    resolver = _Resolver()
    with (
        Receiver(answering(200)) as receiver,
        a_sender(look_up=resolver, in_flight=LOOK_UPS + 50, connect_timeout_seconds=20, timeout_seconds=20) as sender,
    ):
        for number in range(LOOK_UPS + 10):
            sender.submit(a_request(f"http://slow{number}.example.com:{receiver.port}/", number))
        wait_until(lambda: sender.poll(0.01) or len(resolver.asked) == LOOK_UPS, what="all look-ups")
        resolver.let_go.set()
        results = results_of(sender, [])

    assert len(results) == len(resolver.asked) == LOOK_UPS + 10
    assert {result.outcome for result in results.values()} == {Outcome.DELIVERED}


def test_a_name_that_leads_nowhere_is_told_and_asked_for_again_next_time() -> None:
    resolver = _Resolver()
    with a_sender(look_up=resolver) as sender:
        results = [result_of(sender, "https://nobody.example.com/") for _ in range(2)]

    assert {result.outcome for result in results} == {Outcome.UNKNOWN_NAME}
    assert results[0].detail == "The name nobody.example.com leads to no address."
    assert len(resolver.asked) == 2


def test_a_name_that_the_system_does_not_know_leads_nowhere() -> None:
    with a_sender(connect_timeout_seconds=10, timeout_seconds=10) as sender:
        # RFC 6761 §6.4: there is nothing under "invalid".
        assert result_of(sender, "https://hooks.invalid/").outcome is Outcome.UNKNOWN_NAME


def test_a_name_is_looked_up_once_for_many_messages() -> None:
    resolver = _Resolver()
    with Receiver(answering(200)) as receiver, a_sender(look_up=resolver) as sender:
        url = f"http://hooks.example.com:{receiver.port}/"
        for _ in range(3):
            assert result_of(sender, url).outcome is Outcome.DELIVERED

    assert resolver.asked == ["hooks.example.com"]
    assert b"Host: hooks.example.com" in receiver.requests[0][0]


def test_polling_can_be_ended_from_another_thread() -> None:
    with a_sender() as sender:
        polled: list[int] = []

        def poll() -> None:
            polled.append(len(sender.poll(600)))

        for count in range(1, 4):
            polling = threading.Thread(target=poll, daemon=True)
            # Also a call that comes before the wait begins is heard, and heard once.
            if count % 2:
                sender.wake()
                polling.start()
            else:
                polling.start()
                sender.wake()
            polling.join(10)
            assert polled == [0] * count
        assert sender.poll(0) == []


def test_closing_waits_for_nobody_and_leaves_nothing_open(authority: Authority) -> None:
    resolver = _Resolver()
    before = _descriptors()
    with (
        Receiver(lambda visit: visit.hang()) as silent,
        Receiver(_answers_once_and_hangs, tls=authority.vouch("127.0.0.1")) as kept,
    ):
        sender = a_sender(look_up=resolver, timeout_seconds=60, ca_file=str(authority.file))
        assert result_of(sender, kept.url).outcome is Outcome.DELIVERED
        for url in (silent.url, silent.url.replace("http:", "https:"), "https://slow.example.com/", kept.url):
            sender.submit(a_request(url))
        assert sender.poll(0.1) == []
        assert sender.in_flight == 4

        closing = threading.Thread(target=sender.close)
        closing.start()
        closing.join(10)

        assert not closing.is_alive()
        assert sender.in_flight == 0
        # Who comes late, a name's answer or a wake, finds nobody and harms nobody.
        resolver.let_go.set()
        sender.wake()
    wait_until(lambda: _descriptors() <= before, what="every descriptor to be closed")


def test_more_sockets_may_be_open_than_select_could_count() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 1500:
        pytest.skip(f"this system lets a process open {soft} files only")
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(open(os.devnull))
        receiver = stack.enter_context(Receiver(answering(200)))
        with a_sender() as sender:
            results = results_of(sender, [a_request(receiver.url, number) for number in range(5)])

    assert {result.outcome for result in results.values()} == {Outcome.DELIVERED}


def test_a_system_without_epoll_is_served_by_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "epoll")
    with Receiver(answering(200)) as receiver, Receiver(hanging) as bad, a_sender(timeout_seconds=0.5) as sender:
        requests = [a_request(receiver.url, number) for number in range(50)]
        results = results_of(sender, [*requests, a_request(bad.url, "bad")])

    assert results.pop("bad").outcome is Outcome.TIMEOUT
    assert {result.outcome for result in results.values()} == {Outcome.DELIVERED}


def test_without_anything_to_do_polling_waits_and_returns_nothing() -> None:
    with a_sender(LOOPBACK) as sender:
        assert sender.poll(0) == []
        assert sender.poll(0.01) == []
        assert sender.in_flight == 0


def _answers_once_and_hangs(visit: Visit) -> None:
    visit.read()
    visit.answer(200)
    visit.hang()


def _descriptors() -> int:
    return len(os.listdir("/dev/fd"))
