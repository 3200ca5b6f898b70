"""The one guard of what may be called, so that nobody can make this machine call its own insides.

It judges twice. ``judge_url`` looks at the words, when an endpoint is made and again before each attempt: only one
plain spelling of a URL passes, so that no second reader of it can understand something else. ``may_connect`` looks at
the address that a connection is about to be opened to, whatever name it came from and whatever that name meant a moment
ago: this is the judgement that holds, and the one that no DNS answer gets around.

What is forbidden is a list with its sources and not a guess of a library: IANA's registries of special-purpose
addresses (RFC 6890 and its updates), multicast, the forms that carry an IPv4 address inside an IPv6 one, and all of
IPv6 that isn't global unicast. The anycast services among the public IPv4 addresses (AS112, AMT) stay open, since
nothing inside can be reached by them.

Outside the forbidden there is https on two ports only. An operator may open networks (a company's own, or loopback for
a trial): inside them, and nowhere else, http and every port are allowed too.

What it does badly: names are not looked up here, so a name that leads to a forbidden address is refused only when it is
called; and a receiver behind NAT64 needs 64:ff9b::/96 opened.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NoReturn

from tracker.errors import Fault, Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The ports that may be called outside the opened networks.
PORTS = frozenset({443, 8443})

#: A longer URL is refused, in characters.
LONGEST_URL = 2048

#: What may not be called, IPv4, and why.
FORBIDDEN_IPV4: dict[IPv4Network, str] = {
    IPv4Network(network): reason
    for network, reason in {
        "0.0.0.0/8": "“this network” (RFC 791 §3.2)",
        "10.0.0.0/8": "private (RFC 1918)",
        "100.64.0.0/10": "shared by a carrier's customers (RFC 6598)",
        "127.0.0.0/8": "loopback (RFC 1122 §3.2.1.3)",
        "169.254.0.0/16": "link-local (RFC 3927), and where clouds keep a machine's credentials",
        "172.16.0.0/12": "private (RFC 1918)",
        "192.0.0.0/24": "reserved for protocols (RFC 6890 §2.1)",
        "192.0.2.0/24": "documentation (RFC 5737)",
        "192.88.99.0/24": "a relay into 6to4 (RFC 7526)",
        "192.168.0.0/16": "private (RFC 1918)",
        "198.18.0.0/15": "benchmarking (RFC 2544)",
        "198.51.100.0/24": "documentation (RFC 5737)",
        "203.0.113.0/24": "documentation (RFC 5737)",
        "224.0.0.0/4": "multicast (RFC 5771)",
        "240.0.0.0/4": "reserved, and broadcast (RFC 1112 §4, RFC 919 §7)",
    }.items()
}

#: What may not be called, IPv6, and why. A v4-mapped address is judged by the IPv4 address inside it. The last three
#: hold several of the others: those have a line for their name's sake, these close what nobody has named.
FORBIDDEN_IPV6: dict[IPv6Network, str] = {
    IPv6Network(network): reason
    for network, reason in {
        "::/128": "the unspecified address (RFC 4291 §2.5.2)",
        "::1/128": "loopback (RFC 4291 §2.5.3)",
        "::/96": "an IPv4 address in a withdrawn form (RFC 4291 §2.5.5.1)",
        "::ffff:0:0:0/96": "an IPv4 address in translation (RFC 2765 §2.1)",
        "64:ff9b::/96": "an IPv4 address behind NAT64 (RFC 6052)",
        "64:ff9b:1::/48": "an IPv4 address behind a local NAT64 (RFC 8215)",
        "100::/64": "discarded (RFC 6666)",
        "100:0:0:1::/64": "a dummy (RFC 9780)",
        "2001::/32": "an IPv4 address in a Teredo tunnel (RFC 4380)",
        "2001:2::/48": "benchmarking (RFC 5180)",
        "2001:10::/28": "a cryptographic name (ORCHID, RFC 4843)",
        "2001:20::/28": "a cryptographic name (ORCHIDv2, RFC 7343)",
        "2001::/23": "reserved for protocols (RFC 2928)",
        "2001:db8::/32": "documentation (RFC 3849)",
        "2002::/16": "an IPv4 address in a 6to4 tunnel (RFC 3056)",
        "3fff::/20": "documentation (RFC 9637)",
        "5f00::/16": "segment routing (RFC 9602)",
        "fc00::/7": "private (unique local, RFC 4193)",
        "fe80::/10": "link-local (RFC 4291 §2.5.6)",
        "fec0::/10": "private (site-local, RFC 3879)",
        "ff00::/8": "multicast (RFC 4291 §2.7)",
        "::/3": "not global unicast (RFC 4291 §2.4)",
        "4000::/2": "not global unicast (RFC 4291 §2.4)",
        "8000::/1": "not global unicast (RFC 4291 §2.4)",
    }.items()
}

_JUDGED_URLS = 16_384

_PART = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    rf"(?P<rest>(?:/{_PART})?(?:\?(?:[?]|{_PART})*)?)"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What a last label looks like where a whole host is taken for a number (WHATWG URL, “ends in a number”).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_VERSIONS: dict[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 6}
_INSIDE_NAMES = frozenset({"localhost", "local", "internal"})


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be tried, taken apart."""

    #: ``http`` or ``https``.
    scheme: str
    #: A name in lower case, or an address without brackets.
    host: str
    port: int
    #: The address, where the host is one and needs no looking up.
    address: Address | None
    #: The whole in the one spelling that is handed on.
    url: str


class AddressRules:
    """What may be called: everything public by https, and the opened networks by any means."""

    def __init__(self, allowed_networks: Sequence[str] = ()) -> None:
        """``allowed_networks`` in CIDR form, such as ``10.1.0.0/16``. Raises Invalid for anything else."""
        self._open = tuple(_network(index, text) for index, text in enumerate(allowed_networks))
        # The same endpoints are judged before each of their messages.
        self._judged = lru_cache(maxsize=_JUDGED_URLS)(self._judge)

    def judge_url(self, url: str) -> Target:
        """Take apart a URL that may be tried. Looks nothing up.

        Raises Invalid with a fault at ``/url``: ``address-not-allowed`` for one that may not be called.
        """
        return self._judged(url)

    def may_connect(self, family: int, ip: str, port: int, *, encrypted: bool = True) -> bool:
        """Whether a connection to this resolved address may be opened; ``encrypted``: it will be TLS."""
        address = _resolved(family, ip)
        if address is None:
            return False
        if self._is_open(address):
            return True
        return encrypted and port in PORTS and why_forbidden(address) is None

    def _judge(self, url: str) -> Target:
        found = _parts(url)
        scheme, host = found["scheme"].lower(), found["host"].lower()
        if scheme not in ("http", "https"):
            _refuse("The address must begin with https://.")
        port = int(found["port"] or {"http": 80, "https": 443}[scheme])
        address = _literal(host)
        self._judge_place(host, address)
        self._judge_way(scheme, port, address)
        shown = host if address is None else f"[{address}]" if address.version == 6 else str(address)
        rest = found["rest"] if found["rest"].startswith("/") else f"/{found['rest']}"
        return Target(scheme, host.strip("[]"), port, address, f"{scheme}://{shown}:{port}{rest}")

    def _judge_place(self, host: str, address: Address | None) -> None:
        """Refuse what can be known to be inside without looking it up."""
        if address is None:
            inside = "." not in host or host.rpartition(".")[2] in _INSIDE_NAMES
            if inside and not self._open:
                _forbid(f"“{host}” is a name inside a network, and no network is opened to webhooks.")
        elif not self._is_open(address) and (reason := why_forbidden(address)) is not None:
            _forbid(f"{address} may not be called: it is {reason}.")

    def _judge_way(self, scheme: str, port: int, address: Address | None) -> None:
        """Refuse http and other ports, unless the host is in an opened network, or as a name may be."""
        if bool(self._open) if address is None else self._is_open(address):
            return
        if scheme != "https":
            _forbid("The address must begin with https://: messages are sent encrypted only.")
        if port not in PORTS:
            _forbid(f"Port {port} may not be called; the ports are 443 and 8443.")

    def _is_open(self, address: Address) -> bool:
        inner = _mapped(address)
        return any(address in network or (inner is not None and inner in network) for network in self._open)


def why_forbidden(address: Address) -> str | None:
    """What kind of forbidden address this is, in words and with its source; None where it is public."""
    inner = _mapped(address)
    if inner is not None:
        address = inner
    table = FORBIDDEN_IPV4 if isinstance(address, IPv4Address) else FORBIDDEN_IPV6
    return next((reason for network, reason in table.items() if address in network), None)


def _mapped(address: Address) -> IPv4Address | None:
    """The IPv4 address inside ::ffff:0:0/96, which a system connects to as IPv4 (RFC 4291 §2.5.5.2)."""
    return address.ipv4_mapped if isinstance(address, IPv6Address) else None


def _network(index: int, text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        detail = f"“{text}” is not a network in CIDR form, such as 10.1.0.0/16 or fd00::/8."
        raise Invalid(detail, faults=[Fault(f"/allowed_networks/{index}", detail)]) from None


def _resolved(family: int, ip: str) -> Address | None:
    """The address as the system gave it; None where it is neither IPv4 nor IPv6."""
    version = _VERSIONS.get(family)
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    return address if address.version == version else None


def _parts(url: str) -> dict[str, str]:
    """The URL's parts by RFC 3986, in its plainest form only. Raises Invalid saying what is wrong."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None:
        _refuse(_what_is_wrong(url))
    if not 0 < int(found["port"] or 1) < 65536:
        _refuse("The port must lie between 1 and 65535.")
    return found.groupdict(default="")


def _what_is_wrong(url: str) -> str:
    authority = re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]
    if len(url) > LONGEST_URL:
        return f"The address may have {LONGEST_URL} characters at most."
    if "@" in authority:
        return "The address may not carry a user name or password."
    if not authority.isascii():
        return "The host must be written in ASCII: an international name in its form that begins with xn--."
    if "#" in url:
        return "The address may not carry a fragment (#…)."
    return "The address must be a URL such as https://hooks.example.com/news, with odd characters as %XX."


def _literal(host: str) -> Address | None:
    """The address that the host is; None for a name. Raises Invalid for any spelling but the plain one."""
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1])
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            return IPv4Address(host)
    except ValueError:
        _refuse("An address must be four decimal numbers with dots, or an IPv6 address in brackets.")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        _refuse(f"“{host}” is not a host name: labels of letters, digits and hyphens, a dot between them.")
    return None


def _refuse(detail: str) -> NoReturn:
    raise Invalid(detail, faults=[Fault("/url", detail)])


def _forbid(detail: str) -> NoReturn:
    raise Invalid(detail, name="address-not-allowed", faults=[Fault("/url", detail)])
