"""The page's files over HTTP: types, caching, compression, and what a browser is told not to do."""

import gzip
import re

import httpx
import pytest

from services.recommender.http.page_files import PageFiles

FILES = PageFiles()
VIEWS = ["/", "/discover", "/for-you", "/movies/a", "/movies/x%2Fy", "/studio", "/studio/jobs/1", "/about", "/login"]


@pytest.mark.parametrize("path", VIEWS)
def test_every_view_is_the_same_document(rest: httpx.Client, path: str) -> None:
    answer = rest.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.content == FILES.index.content
    assert answer.headers["cache-control"] == "no-cache"


def test_the_document_and_all_that_it_loads_are_there_and_hold_nothing_inline(rest: httpx.Client) -> None:
    page = rest.get("/").text

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {rest.get(address).status_code for address in loaded} == {200}
    assert all(address.startswith(f"/page/{FILES.version}/") for address in loaded if address != "/docs")
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\son\w+=", page)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("js/app.js", "text/javascript; charset=utf-8"),
        ("css/tokens.css", "text/css; charset=utf-8"),
        ("img/icon.svg", "image/svg+xml"),
    ],
)
def test_files_have_their_types_and_are_kept_for_ever(rest: httpx.Client, name: str, media_type: str) -> None:
    answer = rest.get(f"/page/{FILES.version}/{name}")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_file_of_another_version_is_not_kept(rest: httpx.Client) -> None:
    assert rest.get("/page/0123/js/app.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["js/nothing.js", "%2e%2e/web.py", "vendor/preact.d.ts", ""])
def test_what_is_no_file_of_the_page_is_not_found(rest: httpx.Client, name: str) -> None:
    assert rest.get(f"/page/{FILES.version}/{name}").status_code == 404


def test_the_document_forbids_what_the_page_does_not_need(rest: httpx.Client) -> None:
    headers = rest.get("/").headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", f"/page/{FILES.version}/js/app.js"])
def test_no_type_is_guessed_and_no_other_site_takes_a_file(rest: httpx.Client, path: str) -> None:
    headers = rest.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip, deflate, br", True), ("br;q=1.0, gzip;q=0.8", True), ("*", True), ("br", False), ("gzip;q=0", False)],
)
def test_files_are_compressed_where_that_is_accepted(rest: httpx.Client, accepted: str, is_compressed: bool) -> None:
    answer = rest.get("/", headers={"Accept-Encoding": accepted})

    assert ("content-encoding" in answer.headers) == is_compressed
    assert int(answer.headers["content-length"]) == len(
        FILES.index.compressed if is_compressed else FILES.index.content
    )
    assert answer.content == FILES.index.content  # httpx has taken it apart
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(FILES.index.compressed) == FILES.index.content


def test_what_has_not_changed_is_not_sent_again(rest: httpx.Client) -> None:
    first = rest.get("/", headers={"Accept-Encoding": "gzip"})
    etag = first.headers["etag"]

    again = rest.get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": f'"other", W/{etag}'})
    plain = rest.get("/", headers={"Accept-Encoding": "identity", "If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert plain.status_code == 200  # another encoding is another representation
