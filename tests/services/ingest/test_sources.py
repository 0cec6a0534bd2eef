import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from services.ingest.forms.dataset import Scale
from services.ingest.settings import IngestSettings
from services.ingest.sources import open_source
from shared.errors import InvalidInputError, NotFoundError
from shared.jobs import IngestRequest

WriteFiles = Callable[..., Path]
Serve = Callable[..., str]
SMALL = {
    "ml-latest-small/ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n",
    "ml-latest-small/movies.csv": "movieId,title,genres\n1,Toy Story (1995),Comedy\n",
}


def form(settings: IngestSettings, source: Path | str, **asked: Any) -> str:  # noqa: ANN401 - fields of a request
    with open_source(IngestRequest(source=str(source), **asked), settings, lambda _: None) as dataset:
        return dataset.form


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_a_folder_a_zip_and_a_file_are_recognised(settings: IngestSettings, write_files: WriteFiles) -> None:
    folder = write_files("ml", SMALL)
    (folder / "small.zip").write_bytes(zipped(SMALL))

    assert form(settings, folder) == "MovieLens CSV"
    assert form(settings, folder / "ml-latest-small") == "MovieLens CSV"
    assert form(settings, folder / "small.zip") == "MovieLens CSV"
    assert form(settings, folder / "ml-latest-small" / "ratings.csv") == "CSV ratings.csv"


def test_a_relative_path_is_looked_up_in_the_allowed_folders(settings: IngestSettings, write_files: WriteFiles) -> None:
    write_files("ml", SMALL)

    assert form(settings, "ml/ml-latest-small") == "MovieLens CSV"


def test_a_movielens_name_is_downloaded_and_checked(web_settings: IngestSettings, serve: Serve) -> None:
    content = zipped(SMALL)
    serve("/datasets/ml-latest-small.zip", content)
    serve("/datasets/ml-latest-small.zip.md5", hashlib.md5(content, usedforsecurity=False).hexdigest().encode())

    assert form(web_settings, "ml-latest-small") == "MovieLens CSV"


def test_an_address_is_downloaded(web_settings: IngestSettings, serve: Serve) -> None:
    url = serve("/elsewhere/my%20ratings.csv", b"userId,movieId,rating\n1,1,4\n")

    assert form(web_settings, url) == "CSV my_ratings.csv"


def test_a_name_that_the_server_lacks_is_told(web_settings: IngestSettings) -> None:
    with pytest.raises(NotFoundError, match=r"ml-32m\.zip does not exist"):
        form(web_settings, "ml-32m")


def test_an_address_of_another_host_is_refused(settings: IngestSettings) -> None:
    with pytest.raises(InvalidInputError, match=r"host 'evil\.example' is not allowed"):
        form(settings, "https://evil.example/ml-1m.zip")


def test_paths_outside_the_allowed_folders_are_refused_whether_they_exist_or_not(
    settings: IngestSettings, tmp_path: Path
) -> None:
    root = tmp_path / "allowed"
    root.mkdir()
    (root / "link").symlink_to("/etc")
    bounded = settings.model_copy(update={"ingest_roots": (root,)})

    for source in ("/etc/passwd", "/nowhere/at/all", str(tmp_path), f"{root}/../secret", f"{root}/link"):
        with pytest.raises(InvalidInputError, match=r"lies outside the folders .*MARQUEE_INGEST_ROOTS"):
            form(bounded, source)


def test_what_does_not_exist_is_told_with_what_there_could_be(settings: IngestSettings) -> None:
    with pytest.raises(
        InvalidInputError, match=r"'ml-1x' is no file or folder in .*none of the names sample, tmdb-posters, ml-100k"
    ):
        form(settings, "ml-1x")


def test_an_empty_folder_is_refused(settings: IngestSettings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(InvalidInputError, match="is empty"):
        form(settings, tmp_path / "empty")


def test_a_pipe_is_refused_instead_of_waited_for(settings: IngestSettings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ratings.csv")

    with pytest.raises(InvalidInputError, match="is neither a file nor a folder"):
        form(settings, tmp_path / "ratings.csv")


def test_what_lies_where_the_worker_may_not_look_is_told_as_such(
    settings: IngestSettings, write_files: WriteFiles, nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    folder = write_files("ml", SMALL)
    folder.chmod(0)

    with nobody(), pytest.raises(InvalidInputError, match="may not look"):
        form(settings, folder / "ml-latest-small")
    with nobody(), pytest.raises(InvalidInputError, match="may not be read by this worker"):
        form(settings, folder)


def test_a_path_that_is_none_is_refused(settings: IngestSettings, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    for source in ("a\0b", "x" * 1_000, "circle"):
        with pytest.raises(InvalidInputError, match="is no path"):
            form(settings, source)


@pytest.mark.parametrize("asked", [{"movies": "movies.csv"}, {"columns": {"userId": "u"}}])
@pytest.mark.parametrize("source", ["ml", "sample"])
def test_columns_and_movies_go_with_single_files_only(
    settings: IngestSettings, write_files: WriteFiles, source: str, asked: dict[str, Any]
) -> None:
    write_files("ml", SMALL)

    with pytest.raises(InvalidInputError, match="is a whole data set"):
        form(settings, source, **asked)


def test_a_scale_that_is_asked_for_replaces_that_of_the_form(settings: IngestSettings, write_files: WriteFiles) -> None:
    request = IngestRequest(source=str(write_files("ml", SMALL)), max_rating=10)

    with open_source(request, settings, lambda _: None) as dataset:
        assert dataset.scale == Scale(0.5, 10)
