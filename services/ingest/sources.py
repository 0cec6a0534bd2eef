"""What a source's text names, and the data set that it leads to."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from services.ingest import sample
from services.ingest.fetch.archive import verify, zip_files
from services.ingest.fetch.download import Downloader
from services.ingest.fetch.files import Files, check_plain, folder_files
from services.ingest.fetch.web import Web
from services.ingest.forms.dataset import Dataset, Scale
from services.ingest.forms.movielens import KNOWN_FILES, NAMES, movielens
from services.ingest.forms.tables import tables
from services.ingest.posters import POSTERS
from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError
from shared.jobs import IngestRequest
from shared.own_properties import NONE_DECLARED, Declared

SAMPLE: Final = "sample"
"""The name of the built-in sample: true films, simulated ratings."""
_SAMPLE_FORM: Final = "built-in sample: true films, ratings by simulated users"
_ZIP: Final = ".zip"

Progress = Callable[[float], None]


@contextlib.contextmanager
def open_source(
    request: IngestRequest, settings: IngestSettings, progress: Progress, declared: Declared = NONE_DECLARED
) -> Iterator[Dataset]:
    """The data set that a request names; it can be read until the context ends. `declared` are own properties.

    A source is `sample`, a MovieLens name, an http or https address, a folder, a `.zip`, or a CSV or Parquet file. A
    name comes before a folder of the same name: write `./ml-1m` for that.

    Raises:
        InvalidInputError: it is none of these, lies where it may not, or is damaged.
        NotFoundError: the server has no such file.
        DownloadError: it can't be downloaded.
    """
    if request.source == SAMPLE:
        with tempfile.TemporaryDirectory(prefix="marquee-sample-") as folder:
            sample.write_sample(Path(folder))
            _check_no_tables(request)
            dataset = movielens(folder_files(Path(folder)), SAMPLE)
            yield _on_scale(replace(dataset, form=_SAMPLE_FORM), request)
        return
    path = _locate(request.source, settings, progress)
    if path.is_dir() or path.suffix.lower() == _ZIP:
        _check_no_tables(request)
        files = folder_files(path) if path.is_dir() else _verified(path, settings, progress)
        dataset = movielens(files, path.name, declared)
    else:
        movies = _locate(request.movies, settings, progress) if request.movies else None
        dataset = tables(path, movies, request.columns, declared)
    progress(1.0)
    yield _on_scale(dataset, request)


def _check_no_tables(request: IngestRequest) -> None:
    if request.movies or request.columns:
        raise InvalidInputError(
            f"{request.source} is a whole data set; a file of movies and names of columns go with a single file of "
            "ratings (CSV or Parquet)."
        )


def _on_scale(dataset: Dataset, request: IngestRequest) -> Dataset:
    """With the scale that the request gives, where it gives one: of another scale the steps are not known."""
    if request.min_rating is None and request.max_rating is None:
        return dataset
    lowest = dataset.scale.lowest if request.min_rating is None else request.min_rating
    highest = dataset.scale.highest if request.max_rating is None else request.max_rating
    if lowest >= highest:
        raise InvalidInputError(f"A scale from {lowest:g} to {highest:g} holds no ratings; give both ends of it.")
    return replace(dataset, scale=Scale(lowest, highest))


def _verified(path: Path, settings: IngestSettings, progress: Progress) -> Files:
    """The files of a zip, once those that will be read were read to their ends."""
    files = zip_files(path, max_unpacked_bytes=settings.ingest_max_unpacked_bytes)
    for name, file in files.items():
        if PurePosixPath(name).name in KNOWN_FILES:
            verify(file, lambda _: progress(1.0))
    return files


def _locate(source: str, settings: IngestSettings, progress: Progress) -> Path:
    """Where the source is on this machine, downloaded if need be."""
    address = f"{settings.movielens_url.rstrip('/')}/{source}{_ZIP}" if source in NAMES else source
    if address.lower().startswith(("http://", "https://")):
        with Web(settings) as web:
            return Downloader(settings, web, progress).fetch(address)
    return _find(source, settings.roots)


def _find(source: str, roots: Sequence[Path]) -> Path:
    """An existing file or folder within one of `roots`. What lies elsewhere is refused, whether it exists or not."""
    try:
        candidates = [path.resolve() for path in (Path(source), *(root / source for root in roots))]
        inside = [path for path in candidates if any(path.is_relative_to(root) for root in roots)]
        found = next((path for path in inside if path.exists()), None)
    except PermissionError as error:
        raise InvalidInputError(f"{source!r} lies where this worker may not look. Give it the right to.") from error
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL in it, links in a circle
        raise InvalidInputError(f"{source[:200]!r} is no path: {error}.") from error
    if found is not None:
        check_plain(found)
        return found
    if not inside:
        raise InvalidInputError(
            f"{source!r} lies outside the folders that sources may lie in ({', '.join(map(str, roots))}); "
            "MARQUEE_INGEST_ROOTS names them."
        )
    names = ", ".join([SAMPLE, POSTERS, *sorted(NAMES)])
    raise InvalidInputError(
        f"{source!r} is no file or folder in {', '.join(map(str, roots))}, no address, and none of the names {names}."
    )
