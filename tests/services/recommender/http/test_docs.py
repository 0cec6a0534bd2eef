"""The API's documentation needs no network: all that its page loads is served here."""

import re

import httpx


def test_the_page_loads_nothing_from_elsewhere(rest: httpx.Client) -> None:
    page = rest.get("/docs")

    assert page.status_code == 200
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert len(loaded) == 3
    assert [rest.get(path).status_code for path in loaded] == [200, 200, 200]
