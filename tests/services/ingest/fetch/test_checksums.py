import pytest

from services.ingest.fetch.checksums import parse_md5

MD5 = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"MD5 (ml-1m.zip) = {MD5}\n",
        f"{MD5}  ml-1m.zip\n",
        f"{MD5} *ml-1m.zip",
        f"{MD5.upper()}",
        f"MD5(ml-1m.zip)= {MD5}",
    ],
)
def test_every_usual_way_of_writing_an_md5_is_read(text: str) -> None:
    assert parse_md5(text) == MD5


@pytest.mark.parametrize("text", ["", "<html>404</html>", MD5[:-1], MD5 + "0", "a" * 64])
def test_what_is_no_md5_is_none(text: str) -> None:
    assert parse_md5(text) is None
