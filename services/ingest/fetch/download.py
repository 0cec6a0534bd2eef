"""Downloads: with progress, resumed after a break, bounded, checked by the published MD5, kept for the next time."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from services.ingest.fetch.checksums import md5_of, parse_md5
from services.ingest.fetch.lock import Lock
from services.ingest.fetch.web import BrokenError, DownloadError, Web, parse_url
from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError, NotFoundError

_TRIES: Final = 3  # in a row without a byte between them
_MAX_MD5_BYTES: Final = 4_096
_MD5_SECONDS: Final = 120.0  # of the largest file that is allowed, from a slow disk
_LONGEST_NAME: Final = 100  # a file system takes 255 characters, and endings are added

Progress = Callable[[float], None]
log = logging.getLogger(__name__)


class Downloader:
    """Fetches files into a folder, each URL into a folder of its own."""

    def __init__(self, settings: IngestSettings, web: Web, progress: Progress) -> None:
        self._folder = settings.downloads
        self._max_bytes = settings.ingest_max_download_bytes
        self._retry_seconds = settings.ingest_retry_seconds
        # Who holds the lock and is well is silent while it waits for the server, or reads a file for its MD5.
        self._patience_seconds = _TRIES * settings.ingest_read_seconds + _MD5_SECONDS
        self._web = web
        self._progress = progress

    def fetch(self, address: str) -> Path:
        """The file at `address`: from an earlier download if its MD5 is the published one, downloaded otherwise.

        The MD5 is looked for at the same address with `.md5` after it; where none is published, none is checked.

        Raises:
            InvalidInputError: the host is not allowed, the file is too large, or it does not have the published MD5.
            NotFoundError: there is no such file.
            DownloadError: the server refused, or did not answer in several tries.
        """
        url = parse_url(address)
        self._web.check(url)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", url.path.rpartition("/")[2][-_LONGEST_NAME:]).lstrip(".") or "download"
        folder = self._folder / hashlib.sha256(address.encode()).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        lock = Lock(folder / "lock", patience_seconds=self._patience_seconds, wait=lambda: self._progress(0.0))
        with lock:
            part = _Part(target, lock)
            if lock.was_taken_over:
                part.discard()  # whoever hung has it open, and may write on when it wakes: into a file without a name
            md5 = self._published_md5(url, target)
            if md5 is None or not target.exists() or md5_of(target) != md5:
                self._download(url, target, part, md5)
        return target

    def _published_md5(self, url: httpx.URL, target: Path) -> str | None:
        """From the server, or kept from the last time where it does not answer; None where none is published."""
        kept = target.with_name(f"{target.name}.md5")

        def read() -> str:
            with self._web.get(_beside(url, ".md5"), {}) as response:
                return next(response.iter_raw(_MAX_MD5_BYTES), b"").decode("ascii", "replace")

        try:
            text = self._try(url, read)
        except NotFoundError:
            return None
        except DownloadError as error:
            if not (kept.exists() and target.exists()):
                raise
            log.warning("%s Taking the copy from before.", error)
            text = kept.read_text()
        md5 = parse_md5(text)
        if md5 is not None:
            kept.write_text(f"{md5}  {target.name}\n")
        return md5

    def _download(self, url: httpx.URL, target: Path, part: "_Part", md5: str | None) -> None:
        self._try(url, lambda: self._continue(url, part), part)
        if md5 is not None and (got := md5_of(part.path)) != md5:
            part.discard()
            raise InvalidInputError(
                f"{url} does not have the published MD5: {md5} was expected, {got} came. It was thrown away; try again."
            )
        part.become(target)

    def _try(self, url: httpx.URL, attempt: Callable[[], Any], part: "_Part | None" = None) -> Any:  # noqa: ANN401 - passed on
        """Call `attempt` until it succeeds; a try that brought bytes starts the count anew."""
        tries, size = 0, part.size if part else 0
        while True:
            try:
                return attempt()
            except BrokenError as error:
                now = part.size if part else 0
                tries, size = (1 if now > size else tries + 1), now
                if tries == _TRIES:
                    raise DownloadError(
                        f"{url} can't be downloaded: {error}. Check the connection, or give the path of a copy."
                    ) from error
                log.info("the download of %s broke (%s), trying again", url, error)
                time.sleep(self._retry_seconds * 2 ** (tries - 1))

    def _continue(self, url: httpx.URL, part: "_Part") -> None:
        """Bring the part to its end, from where it broke if the server still has the same file."""
        with self._web.get(url, part.range_headers()) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.discard()
                raise BrokenError("the part from before does not fit")
            if response.status_code == httpx.codes.OK:
                part.start(response.headers)
            elif not response.headers.get("content-range", "").startswith(f"bytes {part.size}-"):
                part.discard()
                raise BrokenError("the server sent another part than the one that was asked for")
            total = part.size + int(response.headers.get("content-length", 0))
            self._check_size(url, total)
            with part.path.open("ab") as file:
                for chunk in response.iter_raw():
                    part.lock.live()
                    file.write(chunk)
                    self._check_size(url, file.tell())
                    self._progress(file.tell() / total if total else 0.0)

    def _check_size(self, url: httpx.URL, size: int) -> None:
        if size > self._max_bytes:
            raise InvalidInputError(
                f"{url} has more than the {self._max_bytes:,} bytes that MARQUEE_INGEST_MAX_DOWNLOAD_BYTES allows."
            )


def _beside(url: httpx.URL, suffix: str) -> httpx.URL:
    """The URL with `suffix` after its path; what is percent-encoded stays so."""
    path, question, query = url.raw_path.partition(b"?")
    return url.copy_with(raw_path=path + suffix.encode() + question + query)


class _Part:
    """A file as far as it was downloaded, and what tells whether the server still has the same one.

    Args:
        target: what it becomes.
        lock: held by whoever writes it.
    """

    def __init__(self, target: Path, lock: Lock) -> None:
        self.lock = lock
        self.path = target.with_name(f"{target.name}.part")
        self._about = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def range_headers(self) -> dict[str, str]:
        """What asks for the rest, if the file is the same, and for all of it otherwise."""
        if not self.size or not self._about.exists():
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": str(json.loads(self._about.read_text())["validator"])}

    def start(self, headers: httpx.Headers) -> None:
        """Begin anew. A weak ETag says nothing about bytes, so it does not count."""
        self.discard()
        self.path.touch()
        etag = headers.get("etag", "")
        validator = etag if etag.startswith('"') else headers.get("last-modified")
        if validator:
            self._about.write_text(json.dumps({"validator": validator}))

    def discard(self) -> None:
        """Throw it away."""
        self._about.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """The file is whole: it takes its place in one step."""
        self.lock.live()
        self.path.replace(target)
        self._about.unlink(missing_ok=True)
