from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.spellings import INSIDE_ADDRESSES, LOOPBACK_HOSTS, PUBLIC_ADDRESSES
from tracker.errors import Invalid
from tracker.webhooks.addresses import FORBIDDEN_IPV4, FORBIDDEN_IPV6, AddressRules, why_forbidden

CLOSED = AddressRules()
INSIDE_OPEN = AddressRules(["10.1.0.0/16", "fd00:1::/32"])

#: Where the standard library, in one version or another, takes an address for global that isn't called here.
STRICTER_THAN_THE_LIBRARY = [
    *("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4"),
    *("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "2001::/23", "2002::/16", "3fff::/20"),
    *("::/3", "4000::/2", "8000::/1"),
]


def family_of(ip: str) -> int:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def refusal(rules: AddressRules, url: str) -> str:
    with pytest.raises(Invalid) as refused:
        rules.judge_url(url)
    assert [fault.pointer for fault in refused.value.faults] == ["/url"]
    return str(refused.value)


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_an_inside_host_passes(scheme: str, host: str) -> None:
    refusal(CLOSED, f"{scheme}://{host}/hook")
    refusal(CLOSED, f"{scheme}://{host}:8443/hook")


@pytest.mark.parametrize("ip", INSIDE_ADDRESSES)
def test_no_inside_address_is_called_or_connected_to(ip: str) -> None:
    assert not CLOSED.may_connect(family_of(ip), ip, 443)
    refusal(CLOSED, f"https://[{ip}]/" if ":" in ip else f"https://{ip}/")


@pytest.mark.parametrize("ip", PUBLIC_ADDRESSES)
def test_every_public_address_is_called_and_connected_to(ip: str) -> None:
    assert CLOSED.may_connect(family_of(ip), ip, 443)
    assert CLOSED.may_connect(family_of(ip), ip, 8443)
    assert CLOSED.judge_url(f"https://[{ip}]/" if ":" in ip else f"https://{ip}/").address == ip_address(ip)


@given(st.ip_addresses())
def test_nothing_passes_that_the_standard_library_holds_for_inside(
    address: IPv4Address | IPv6Address,
) -> None:
    allowed = CLOSED.may_connect(family_of(str(address)), str(address), 443)
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    stricter = any((inner or address) in ip_network(network) for network in STRICTER_THAN_THE_LIBRARY)

    assert allowed == ((inner or address).is_global and not stricter)


@pytest.mark.parametrize("network", [*FORBIDDEN_IPV4, *FORBIDDEN_IPV6], ids=str)
def test_each_line_of_the_list_forbids_from_its_first_to_its_last_address(
    network: IPv4Network | IPv6Network,
) -> None:
    assert why_forbidden(network[0]) is not None
    assert why_forbidden(network[-1]) is not None


def test_a_refusal_names_the_kind_of_address_and_its_source() -> None:
    assert refusal(CLOSED, "https://169.254.169.254/latest") == (
        "169.254.169.254 may not be called: it is link-local (RFC 3927), and where clouds keep a machine's credentials."
    )
    assert "private (RFC 1918)" in refusal(CLOSED, "https://[::ffff:10.0.0.1]/")


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::8.8.8.8", "withdrawn form"),
        ("::ffff:0:8.8.8.8", "translation"),
        ("64:ff9b::8.8.8.8", "behind NAT64"),
        ("64:ff9b:1::1", "local NAT64"),
        ("100::1", "discarded"),
        ("100:0:0:1::1", "dummy"),
        ("2001::1", "Teredo"),
        ("2001:2::1", "benchmarking"),
        ("2001:10::1", "(ORCHID,"),
        ("2001:20::1", "ORCHIDv2"),
        ("2001:30::1", "reserved for protocols"),
        ("2002::1", "6to4"),
        ("5f00::1", "segment routing"),
        ("fd00::1", "unique local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("4000::1", "not global unicast"),
    ],
)
def test_every_kind_of_ipv6_address_is_called_by_its_own_name(ip: str, kind: str) -> None:
    assert kind in refusal(CLOSED, f"https://[{ip}]/")


@pytest.mark.parametrize(
    ("family", "ip"),
    [
        (socket.AF_UNIX, "8.8.8.8"),
        (socket.AF_INET6, "8.8.8.8"),
        (socket.AF_INET, "2606:4700:4700::1111"),
        (socket.AF_INET, "example.com"),
        (socket.AF_INET, ""),
        (socket.AF_INET6, "fe80::1%eth0"),
        (socket.AF_INET, "134744072"),
    ],
)
def test_what_is_not_plainly_an_address_is_not_connected_to(family: int, ip: str) -> None:
    assert not CLOSED.may_connect(family, ip, 443)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 80, 442, 444, 5432, 8080, 65535])
def test_only_the_two_ports_for_https_are_called(port: int) -> None:
    assert not CLOSED.may_connect(socket.AF_INET, "8.8.8.8", port)
    assert not INSIDE_OPEN.may_connect(socket.AF_INET, "8.8.8.8", port)
    refusal(CLOSED, f"https://hooks.example.com:{port}/")


def test_http_is_not_called_outside_opened_networks_on_any_port() -> None:
    assert "https://" in refusal(CLOSED, "http://hooks.example.com/")
    assert "https://" in refusal(INSIDE_OPEN, "http://8.8.8.8/")
    for port in (80, 443, 8443):
        assert not INSIDE_OPEN.may_connect(socket.AF_INET, "8.8.8.8", port, encrypted=False)


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "http://10.1.2.3:5000/", "https://[fd00:1::5]:99/a?b"])
def test_inside_an_opened_network_http_and_every_port_are_called(url: str) -> None:
    target = INSIDE_OPEN.judge_url(url)

    assert target.address is not None
    assert INSIDE_OPEN.may_connect(
        family_of(str(target.address)), str(target.address), target.port, encrypted=target.scheme == "https"
    )


@pytest.mark.parametrize(
    ("ip", "opened"),
    [
        ("10.0.255.255", False),
        ("10.1.0.0", True),
        ("10.1.255.255", True),
        ("10.2.0.0", False),
        ("::ffff:10.1.0.0", True),
        ("::ffff:10.2.0.0", False),
        ("::10.1.0.0", False),
        ("64:ff9b::10.1.0.0", False),
        ("2002:a01::", False),
        ("fd00:0:ffff::", False),
        ("fd00:1::", True),
        ("fd00:1:ffff:ffff:ffff:ffff:ffff:ffff", True),
        ("fd00:2::", False),
        ("127.0.0.1", False),
    ],
)
def test_an_opened_network_opens_its_own_range_exactly(ip: str, opened: bool) -> None:
    assert INSIDE_OPEN.may_connect(family_of(ip), ip, 80, encrypted=False) == opened


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4))
def test_any_opened_network_opens_its_own_range_exactly(within: IPv4Address, length: int, asked: IPv4Address) -> None:
    network = ip_network((within, length), strict=False)
    rules = AddressRules([str(network)])

    assert rules.may_connect(socket.AF_INET, str(asked), 9, encrypted=False) == (asked in network)


def test_a_name_may_be_tried_by_http_once_a_network_is_open_and_is_judged_when_it_is_called() -> None:
    target = INSIDE_OPEN.judge_url("http://intranet:8000/hook")

    assert (target.scheme, target.host, target.port, target.address) == ("http", "intranet", 8000, None)
    assert not INSIDE_OPEN.may_connect(socket.AF_INET, "127.0.0.1", 8000, encrypted=False)
    refusal(CLOSED, "https://intranet/hook")
    refusal(CLOSED, "https://db.internal/hook")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://hooks.example.com", "https://hooks.example.com:443/"),
        ("HTTPS://Hooks.Example.COM/A/../b?c=%2F#", None),
        ("HTTPS://Hooks.Example.COM/A/../b?c=%2F", "https://hooks.example.com:443/A/../b?c=%2F"),
        ("https://hooks.example.com?a=1", "https://hooks.example.com:443/?a=1"),
        ("https://xn--mnchen-3ya.example:8443/x", "https://xn--mnchen-3ya.example:8443/x"),
        ("https://a_b.example.com/~x/;p=(1)!$&'*+,:@", "https://a_b.example.com:443/~x/;p=(1)!$&'*+,:@"),
        ("https://example.com/?to=https://user@10.0.0.1/", "https://example.com:443/?to=https://user@10.0.0.1/"),
        ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]:443/"),
    ],
)
def test_a_url_is_handed_on_in_one_plain_spelling(url: str, plain: str | None) -> None:
    if plain is None:
        refusal(CLOSED, url)
    else:
        assert CLOSED.judge_url(url).url == plain


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://user@example.com/", "user name"),
        ("https://user:secret@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://münchen.example/", "xn--"),
        ("https://example.com/#top", "fragment"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:/", "URL such as"),
        ("https://example.com:443:443/", "URL such as"),
        ("https://example.com/a b", "URL such as"),
        ("https://example.com/ä", "URL such as"),
        ("https://example.com/%zz", "URL such as"),
        ("https://example.com\\a", "URL such as"),
        ("https:/example.com/", "URL such as"),
        ("https:example.com", "URL such as"),
        ("//example.com/", "URL such as"),
        ("example.com", "URL such as"),
        ("", "URL such as"),
        (" https://example.com/", "URL such as"),
        ("https://example.com/\n", "URL such as"),
        ("https://exa\nmple.com/", "URL such as"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "URL such as"),
        ("gopher://example.com/", "https://"),
        ("https://example..com/", "not a host name"),
        ("https://.example.com/", "not a host name"),
        ("https://example.com./", "not a host name"),
        ("https://-a.example.com/", "not a host name"),
        (f"https://{'a' * 64}.example.com/", "not a host name"),
        (f"https://{'a.' * 127}com/", "not a host name"),
        ("https://example.com/" + "a" * 2048, "2048"),
    ],
)
def test_a_refused_url_is_told_what_is_wrong_with_it(url: str, says: str) -> None:
    assert says in refusal(CLOSED, url)


@given(st.text() | st.text(alphabet="htps:/@[]%.0123456789x#?\\ aü").map("https://".__add__))
def test_no_text_does_anything_but_pass_or_be_refused(text: str) -> None:
    target = None
    with suppress(Invalid):
        target = CLOSED.judge_url(text)

    if target is not None:
        assert target.scheme == "https"
        assert target.url.isascii()
        assert CLOSED.judge_url(target.url) == target


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "loopback", "", "fd00::/129", "10.0.0.0/8 "])
def test_a_network_that_is_none_is_refused_by_its_place_in_the_list(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        AddressRules(["10.0.0.0/8", text])

    assert [fault.pointer for fault in refused.value.faults] == ["/allowed_networks/1"]
