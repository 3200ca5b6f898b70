"""What anybody may read: the API explained, each problem, the style sheet; and the headers of every answer."""

from __future__ import annotations

import pytest

from tests.asking import House
from tests.web.visiting import Visitor
from tracker.api.catalogue import CATALOGUE

_METHODS = ("get", "post", "put", "patch", "delete")


class TestWhatIsOpenToAll:
    def test_the_api_is_explained_whole(self, house: House) -> None:
        nobody = Visitor(house, house.app)
        page = nobody.get("/docs")
        ids = {each.attributes["id"] for each in page.elements if "id" in each.attributes}
        assert {href[1:] for href in page.hrefs if href.startswith("#")} <= ids
        document = nobody.browser.get("/openapi.json").json
        assert document
        operations = [
            f"{method.upper()} {path}"
            for path, item in document["paths"].items()
            for method in item
            if method in _METHODS
        ]
        headings = [" ".join(each.text.split()) for each in page.all("h3")]
        assert sorted(operations) == sorted(each for each in headings if "/v1/" in each)
        assert set(document["components"]["schemas"]) <= ids

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_every_problem_has_its_page(self, house: House, name: str) -> None:
        page = Visitor(house, house.app).get(f"/problems/{name}")
        assert page.status == 200
        assert page.heading == CATALOGUE[name].title
        assert CATALOGUE[name].what_to_do in page.said

    def test_static_files_are_kept_as_long_as_they_are_what_they_were(self, house: House) -> None:
        nobody = Visitor(house, house.app)
        address = nobody.get("/sign-in").first("link", rel="stylesheet").attributes["href"]
        style = nobody.get(address)
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "immutable" in style.headers["Cache-Control"]
        assert "url(" not in style.html
        assert "@import" not in style.html
        for older in ("/static/style.css", "/static/style.css?v=0123456789ab"):
            assert "immutable" not in nobody.get(older).headers["Cache-Control"]
        unchanged = nobody.get(address, If_None_Match=style.headers["ETag"])
        assert unchanged.status == 304
        assert "immutable" in unchanged.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/v1/stories", "/v1/nothing", "/livez", "/openapi.json", "/nothing", "/v1/stories?limit=x"]
)
def test_every_answer_has_the_headers_also_those_that_are_no_page(house: House, path: str) -> None:
    assert Visitor(house, house.app).get(path).headers["Content-Security-Policy"].startswith("default-src 'none'")
