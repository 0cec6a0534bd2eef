"""Downloads from a real web server on this machine."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.ingest.fetch.download import Downloader
from services.ingest.fetch.lock import Lock
from services.ingest.fetch.web import DownloadError, Web
from services.ingest.settings import IngestSettings
from shared.errors import CancelledError, InvalidInputError, NotFoundError

Serve = Callable[..., str]
Asked = list[tuple[str, str | None]]
Fetch = Callable[[str], Path]
BODY = bytes(range(256)) * 4_000  # a megabyte, four chunks
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()


@pytest.fixture
def seen() -> list[float]:
    return []


@pytest.fixture
def fetch(web_settings: IngestSettings, seen: list[float]) -> Fetch:
    def fetch_(url: str) -> Path:
        with Web(web_settings) as web:
            return Downloader(web_settings, web, seen.append).fetch(url)

    return fetch_


def publish(serve: Serve, body: bytes = BODY, **options: object) -> str:
    serve("/datasets/ml.zip.md5", f"MD5 (ml.zip) = {hashlib.md5(body, usedforsecurity=False).hexdigest()}\n".encode())
    return serve("/datasets/ml.zip", body, **options)


def parts(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if ".part" in file.name)


def test_a_file_is_downloaded_with_progress_and_checked(fetch: Fetch, serve: Serve, seen: list[float]) -> None:
    path = fetch(publish(serve))

    assert path.name == "ml.zip"
    assert path.read_bytes() == BODY
    assert parts(path) == []
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 2


def test_a_second_time_only_the_checksum_is_asked_for(fetch: Fetch, serve: Serve, asked: Asked) -> None:
    url = publish(serve)
    first = fetch(url)
    asked.clear()

    assert fetch(url) == first
    assert asked == [("/datasets/ml.zip.md5", None)]


def test_a_new_edition_is_downloaded_anew(fetch: Fetch, serve: Serve) -> None:
    fetch(publish(serve))

    assert fetch(publish(serve, BODY[::-1], etag='"two"')).read_bytes() == BODY[::-1]


def test_a_break_is_resumed_where_it_happened(fetch: Fetch, serve: Serve, asked: Asked) -> None:
    path = fetch(publish(serve, breaks=(300_000, 800_000)))

    assert path.read_bytes() == BODY
    assert asked[1:] == [
        ("/datasets/ml.zip", None), ("/datasets/ml.zip", "bytes=300000-"), ("/datasets/ml.zip", "bytes=800000-"),
    ]  # fmt: skip


def test_a_download_that_was_stopped_is_resumed_by_the_next_one(
    fetch: Fetch, web_settings: IngestSettings, serve: Serve, asked: Asked
) -> None:
    url = publish(serve)

    def stop(done: float) -> None:
        if done > 0.4:
            raise CancelledError("Cancelled.")

    with Web(web_settings) as web, pytest.raises(CancelledError):
        Downloader(web_settings, web, stop).fetch(url)
    asked.clear()

    assert fetch(url).read_bytes() == BODY
    ((_, range_),) = [request for request in asked if request[0] == "/datasets/ml.zip"]
    assert range_ is not None


def test_a_file_that_changed_meanwhile_is_begun_anew(fetch: Fetch, web_settings: IngestSettings, serve: Serve) -> None:
    def stop(done: float) -> None:
        if done > 0.4:
            raise CancelledError("Cancelled.")

    with Web(web_settings) as web, pytest.raises(CancelledError):
        Downloader(web_settings, web, stop).fetch(publish(serve))

    assert fetch(publish(serve, BODY[::-1], etag='"two"')).read_bytes() == BODY[::-1]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_validator_a_break_begins_anew(
    fetch: Fetch, serve: Serve, asked: Asked, etag: str | None
) -> None:
    path = fetch(publish(serve, breaks=(300_000,), etag=etag))

    assert path.read_bytes() == BODY
    assert [range_ for _, range_ in asked] == [None, None, None]


def test_a_busy_server_is_asked_again(fetch: Fetch, serve: Serve) -> None:
    assert fetch(publish(serve, statuses=(503, 429))).read_bytes() == BODY


def test_a_server_that_stays_busy_is_given_up(fetch: Fetch, serve: Serve, asked: Asked) -> None:
    url = publish(serve, statuses=(503,) * 10)

    with pytest.raises(DownloadError, match=r"ml\.zip can't be downloaded: .* status 503\. Check the connection"):
        fetch(url)
    assert len(asked) == 1 + 3


def test_a_server_that_breaks_each_time_at_once_is_given_up(fetch: Fetch, serve: Serve) -> None:
    with pytest.raises(DownloadError, match="can't be downloaded"):
        fetch(publish(serve, breaks=(0,) * 10))


def test_a_wrong_checksum_is_refused_and_the_file_thrown_away(
    fetch: Fetch, serve: Serve, web_settings: IngestSettings
) -> None:
    url = publish(serve)
    serve("/datasets/ml.zip", BODY[:-1] + b"?")

    with pytest.raises(InvalidInputError, match=rf"does not have the published MD5: {MD5} was expected"):
        fetch(url)

    assert [path.name for path in web_settings.downloads.glob("*/*.zip*")] == ["ml.zip.md5"]


def test_a_file_that_does_not_exist_is_told_by_its_address(fetch: Fetch, web_settings: IngestSettings) -> None:
    with pytest.raises(NotFoundError, match=r"/datasets/none\.zip does not exist"):
        fetch(f"{web_settings.movielens_url}/none.zip")


def test_where_no_checksum_is_published_none_is_checked(fetch: Fetch, serve: Serve) -> None:
    assert fetch(serve("/datasets/x.csv", b"a,b\n")).read_bytes() == b"a,b\n"


def test_a_file_over_the_bound_is_refused(web_settings: IngestSettings, serve: Serve) -> None:
    bounded = web_settings.model_copy(update={"ingest_max_download_bytes": len(BODY) - 1})

    with Web(bounded) as web, pytest.raises(InvalidInputError, match="more than the 1,023,999 bytes"):
        Downloader(bounded, web, lambda _: None).fetch(publish(serve))


def test_without_a_server_the_checked_copy_from_before_is_taken(
    fetch: Fetch, serve: Serve, web_settings: IngestSettings
) -> None:
    url = publish(serve)
    before = fetch(url)
    serve("/datasets/ml.zip.md5", statuses=(503,) * 10)

    assert fetch(url) == before

    before.write_bytes(b"damaged since")
    serve("/datasets/ml.zip", statuses=(503,) * 10)
    with pytest.raises(DownloadError):
        fetch(url)
    assert web_settings.downloads.is_dir()


def test_the_name_in_the_address_cannot_leave_the_folder(
    fetch: Fetch, serve: Serve, web_settings: IngestSettings
) -> None:
    path = fetch(serve("/datasets/..%2F..%2Fevil%00.csv", b"x"))

    assert path.resolve().is_relative_to(web_settings.downloads.resolve())


def test_a_download_whose_worker_hangs_is_begun_anew_and_what_it_writes_late_goes_nowhere(
    fetch: Fetch, serve: Serve
) -> None:
    url = publish(serve)
    path = fetch(url)
    path.unlink()
    part = path.with_name("ml.zip.part")
    part.write_bytes(b"from the worker that hangs")
    with part.open("ab") as late, Lock(path.parent / "lock"):
        os.utime(path.parent / "lock", (1.0, 1.0))

        assert fetch(url).read_bytes() == BODY

        late.write(b"and when it wakes")
    assert path.read_bytes() == BODY
    assert parts(path) == []
