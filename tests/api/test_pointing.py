"""A refusal's pointers lead into what was sent, whichever of its forms a client chose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpointer import resolve_pointer

from tracker.api.pointing import faults_in
from tracker.errors import Fault, Invalid, NotFound

QUOTED = {"claims": [{"exact": "a", "quotes": [{"exact": "b"}, {"parts": ["c", {"exact": "d"}]}]}], "basis": "e"}


def pointers(body: dict[str, Any], *asked: str, detail: str = "No.", name: str = "invalid-request") -> list[str]:
    refused = Invalid(detail, name=name, faults=[Fault(pointer, detail) for pointer in asked])
    return [fault.pointer for fault in faults_in(body, refused)]


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/claims/0/exact", "/claims/0/exact"),
        ("/claims/0/quotes/0/parts/0/exact", "/claims/0/quotes/0/exact"),
        ("/claims/0/quotes/1/parts/0/exact", "/claims/0/quotes/1/parts/0"),
        ("/claims/0/quotes/1/parts/1/exact", "/claims/0/quotes/1/parts/1/exact"),
        ("/basis/text", "/basis"),
        ("/until", "/until"),
    ],
)
def test_a_shorter_form_has_fewer_places(asked: str, there: str) -> None:
    assert pointers(QUOTED, asked) == [there]


def test_an_id_that_the_refusal_names_is_found_where_it_was_sent() -> None:
    body = {"report": "rpt_1", "statement": "rpt_1", "attribution": {"via": [{"report": "rpt_2"}]}, "cites": ["rpt_1"]}
    assert pointers(body, detail="There is no report rpt_1; look again.") == ["/report", "/cites/0"]
    assert pointers(body, detail="There is no report rpt_2; look again.") == ["/attribution/via/0/report"]


def test_what_names_no_id_is_about_the_member_that_could_be_otherwise() -> None:
    body = {"relation": "retracts", "from": "clm_1"}
    assert pointers(body, name="not-the-asserter") == ["/relation"]
    assert pointers({**body, "by": "AFP"}, name="not-the-asserter") == ["/by"]
    assert list(faults_in(body, NotFound("There is no such story."))) == []


_NOWHERE = object()
_BODIES = st.dictionaries(
    st.sampled_from(["a", "b", "exact", "~/"]),
    st.recursive(
        st.text(max_size=2) | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "exact", "0"]), inner),
        max_leaves=6,
    ),
)


@given(body=_BODIES, way=st.lists(st.sampled_from(["a", "b", "exact", "0", "1", "~0~1"]), min_size=1, max_size=5))
def test_it_leads_to_something_that_was_sent_or_to_a_member_that_was_not(body: dict[str, Any], way: list[str]) -> None:
    (there,) = pointers(body, "/" + "/".join(way))
    if resolve_pointer(body, there, _NOWHERE) is _NOWHERE:
        assert isinstance(resolve_pointer(body, there.rpartition("/")[0]), dict)
