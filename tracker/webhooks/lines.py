"""One libcurl handle, set up so that an attempt keeps within its limits.

A ``Line`` serves one attempt after another. It opens no connection that the address rules forbid, gives up when its
time or its number of bytes is used up, follows no redirect, and knows neither proxies nor cookies nor passwords. The
answer is read raw, neither unpacked nor freed of its chunks, so that all that comes in is counted, wherever the
receiver hides it.

What it does badly: a single header line may grow to libcurl's own limit of 100 KiB before it is refused; and a receiver
that says 200 and then breaks the rules (an endless or a broken body) counts as failed, so it is sent the same message
again.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import certifi
import pycurl

from tracker.webhooks.addresses import AddressRules, Target
from tracker.webhooks.attempts import Outcome, Request, Result, Timing
from tracker.webhooks.signing import USER_AGENT

#: How much of an answer is kept to be shown, in bytes.
KEPT_ANSWER_BYTES = 4096

# Chunks have lengths between them, so more is kept of the raw answer than is shown of it.
_KEPT_RAW_BYTES = 2 * KEPT_ANSWER_BYTES
_LONGEST_DETAIL = 300
_WANTED_FIELDS = frozenset({b"retry-after", b"webhook-delivery", b"transfer-encoding"})
# pycurl has no name for this one (libcurl 8.6: a header line has grown too long).
_E_TOO_LARGE = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What every attempt of a sender keeps to."""

    timeout_seconds: float
    connect_timeout_seconds: float
    #: Of headers and body together.
    max_response_bytes: int
    #: The certificates of those who may vouch for a receiver; None: as libcurl was built.
    ca_file: str | None


_FAILURES: dict[int, Outcome] = {
    **dict.fromkeys(
        (
            pycurl.E_SSL_CONNECT_ERROR,
            pycurl.E_SSL_CERTPROBLEM,
            pycurl.E_SSL_CIPHER,
            pycurl.E_PEER_FAILED_VERIFICATION,
            pycurl.E_SSL_CACERT_BADFILE,
            pycurl.E_SSL_ISSUER_ERROR,
            pycurl.E_SSL_INVALIDCERTSTATUS,
        ),
        Outcome.TLS_FAILED,
    ),
    **dict.fromkeys(
        (
            pycurl.E_UNSUPPORTED_PROTOCOL,  # HTTP/0.9 among others
            pycurl.E_FTP_WEIRD_SERVER_REPLY,
            pycurl.E_PARTIAL_FILE,
            pycurl.E_WRITE_ERROR,
            pycurl.E_GOT_NOTHING,
            pycurl.E_BAD_CONTENT_ENCODING,
        ),
        Outcome.BAD_ANSWER,
    ),
    pycurl.E_OPERATION_TIMEDOUT: Outcome.TIMEOUT,
    pycurl.E_COULDNT_RESOLVE_HOST: Outcome.UNKNOWN_NAME,
    _E_TOO_LARGE: Outcome.TOO_LARGE,
}


class Line:
    """One libcurl handle, for one attempt at a time."""

    def __init__(self, rules: AddressRules, limits: Limits, keep: Callable[[socket.socket], None]) -> None:
        """``keep`` is given each socket that is opened, to close it when libcurl has made its own copy."""
        self.curl = _prepared(limits)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._on_header)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self._rules = rules
        self._limits = limits
        self._keep = keep
        self._fields: dict[bytes, bytes] = {}
        #: The attempt that the line is at; no number comes twice within a sender.
        self.number = 0
        #: Whether it has given up its place among the quick ones.
        self.slow = False

    def take(self, number: int, request: Request, target: Target, began: float) -> None:
        """Begin attempt ``number`` at the moment ``began`` (monotonic seconds)."""
        self.number, self.request, self.target, self.began = number, request, target, began
        self.slow = False
        self.seconds = request.timeout_seconds or self._limits.timeout_seconds
        self._looked_up = 0.0
        self._received = self._opened = self._forbidden = 0
        self._raw = bytearray()
        self._fields.clear()

    def dial(self, addresses: Sequence[str], now: float) -> None:
        """Make the handle ready to be run; ``addresses``: what the target's name means (none for an address)."""
        request, target, curl = self.request, self.target, self.curl
        curl.setopt(pycurl.URL, target.url)
        curl.setopt(pycurl.HTTPHEADER, [*map(_header, request.headers.items()), "Expect:"])
        curl.setopt(pycurl.POSTFIELDS, request.body)
        self._looked_up = now - self.began if addresses else 0.0
        curl.setopt(pycurl.TIMEOUT_MS, max(1, round((self.seconds - self._looked_up) * 1000)))
        if addresses:
            # The plus lets the entry grow old in libcurl's cache, where it would stay for ever.
            curl.setopt(pycurl.RESOLVE, [f"+{target.host}:{target.port}:{','.join(addresses)}"])

    def result(self, code: int = 0, message: str = "") -> Result:
        """What came of the attempt, by libcurl's code (0: a whole answer was read) and message."""
        curl = self.curl
        code_seen: int = curl.getinfo(pycurl.RESPONSE_CODE)
        status = code_seen if code_seen >= 200 else None
        outcome = self._outcome(code, status)
        retry_after = self._fields.get(b"retry-after")
        return Result(
            key=self.request.key,
            status=status,
            outcome=outcome,
            detail=self._detail(outcome, status, message)[:_LONGEST_DETAIL],
            retry_after=None if retry_after is None else retry_after.decode("latin-1"),
            timing=self._timing(),
            answer=self._answer(),
            unwanted=status == 410 or self._fields.get(b"webhook-delivery", b"").lower() == b"disable",
        )

    def unsent(self, outcome: Outcome, detail: str, now: float) -> Result:
        """The result of an attempt that never came as far as libcurl."""
        return Result(self.request.key, None, outcome, detail, None, Timing(total=now - self.began), b"")

    def close(self) -> None:
        """Free the handle and its references to this line."""
        self.curl.close()

    def _outcome(self, code: int, status: int | None) -> Outcome:
        if code == 0:
            return Outcome.DELIVERED if status is not None and status < 300 else Outcome.REFUSED_STATUS
        if self._received > self._limits.max_response_bytes:
            return Outcome.TOO_LARGE
        if self._forbidden and not self._opened:
            return Outcome.FORBIDDEN_ADDRESS
        return _FAILURES.get(code, Outcome.CONNECTION_FAILED)

    def _detail(self, outcome: Outcome, status: int | None, message: str) -> str:
        match outcome:
            case Outcome.DELIVERED:
                return f"Answered {status}."
            case Outcome.REFUSED_STATUS:
                also = " Redirects are not followed." if status is not None and status < 400 else ""
                return f"Answered {status}.{also}"
            case Outcome.TIMEOUT if not self.curl.getinfo(pycurl.REQUEST_SIZE):
                return f"No connection within {min(self.seconds, self._limits.connect_timeout_seconds):g} s."
            case Outcome.TIMEOUT:
                return f"No complete answer within {self.seconds:g} s."
            case Outcome.TOO_LARGE:
                return f"The answer is longer than {self._limits.max_response_bytes} bytes."
            case Outcome.FORBIDDEN_ADDRESS:
                # The address isn't told: the name may stand for something inside that the owner can't look up.
                return "The name leads to nothing that may be called, by this scheme and port."
        return f"{message.rstrip('.')}."

    def _timing(self) -> Timing:
        return Timing(
            dns=self._looked_up,
            connect=self._reached(pycurl.CONNECT_TIME),
            tls=self._reached(pycurl.APPCONNECT_TIME),
            # libcurl gives this one also where no byte came.
            first_byte=self._reached(pycurl.STARTTRANSFER_TIME) if self._received else 0.0,
            total=self._reached(pycurl.TOTAL_TIME),
        )

    def _reached(self, step: int) -> float:
        seconds: float = self.curl.getinfo(step)
        return seconds + self._looked_up if seconds else 0.0

    def _answer(self) -> bytes:
        raw = bytes(self._raw)
        chunked = b"chunked" in self._fields.get(b"transfer-encoding", b"").lower()
        return (_without_chunks(raw) if chunked else raw)[:KEPT_ANSWER_BYTES]

    def _on_open(self, _purpose: int, address: Any) -> Any:
        """Open the socket to an address that may be called; libcurl goes on to the next where it may not."""
        place = address.addr
        encrypted = self.target.scheme == "https"
        if not self._rules.may_connect(address.family, place[0], place[1], encrypted=encrypted):
            self._forbidden += 1
            return pycurl.SOCKET_BAD
        self._opened += 1
        try:
            opened = socket.socket(address.family, address.socktype, address.protocol)
        except OSError:
            return pycurl.SOCKET_BAD
        self._keep(opened)
        return opened

    def _on_header(self, line: bytes) -> int | None:
        self._received += len(line)
        if self._received > self._limits.max_response_bytes:
            return 0
        if line.startswith(b"HTTP/"):
            # What stood in an interim answer (RFC 9110 §15.2) doesn't count.
            self._fields.clear()
        name, _, value = line.partition(b":")
        if (name := name.strip().lower()) in _WANTED_FIELDS:
            self._fields[name] = value.strip()
        return None

    def _on_body(self, data: bytes) -> int | None:
        self._received += len(data)
        if len(self._raw) < _KEPT_RAW_BYTES:
            self._raw += data[: _KEPT_RAW_BYTES - len(self._raw)]
        # Fewer bytes taken than given makes libcurl end the transfer.
        return 0 if self._received > self._limits.max_response_bytes else None


def trusted_certificates() -> str:
    """The file of certificates that this system trusts; failing that certifi's.

    A libcurl that comes in a wheel looks where the machine that built it keeps them, which is seldom here.
    """
    return ssl.get_default_verify_paths().cafile or certifi.where()


def _prepared(limits: Limits) -> Any:
    curl = pycurl.Curl()
    # Signals are for the worker, and libcurl must not raise any from its threads.
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.POST, 1)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.FOLLOWLOCATION, 0)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.HTTP09_ALLOWED, 0)
    # An empty proxy is what keeps libcurl from reading http_proxy and its kin.
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
    curl.setopt(pycurl.HTTP_CONTENT_DECODING, 0)
    curl.setopt(pycurl.HTTP_TRANSFER_DECODING, 0)
    curl.setopt(pycurl.PATH_AS_IS, 1)
    curl.setopt(pycurl.USERAGENT, USER_AGENT)
    curl.setopt(pycurl.SSL_VERIFYPEER, 1)
    curl.setopt(pycurl.SSL_VERIFYHOST, 2)
    curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, round(limits.connect_timeout_seconds * 1000)))
    if limits.ca_file is not None:
        curl.setopt(pycurl.CAINFO, limits.ca_file)
    return curl


def _header(field: tuple[str, str]) -> str:
    """A header line for libcurl, which takes a name with a colon and nothing after it as “don't send”."""
    name, value = field
    return f"{name}: {value}" if value else f"{name};"


def _without_chunks(raw: bytes) -> bytes:
    """The content of the beginning of a chunked body (RFC 9112 §7.1), up to the first thing malformed."""
    content, at = bytearray(), 0
    while (end := raw.find(b"\n", at)) >= 0:
        try:
            size = int(raw[at:end].partition(b";")[0], 16)
        except ValueError:
            break
        if size <= 0:
            break
        content += raw[end + 1 : end + 1 + size]
        at = end + 1 + size + 2
    return bytes(content)
