"""Neo4j Community's own files, from Maven Central by Maven, once for a machine; and the Java that runs them."""

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.errors import UnavailableError

NEO4J_VERSION: Final = "5.26.30"
DEFAULT_CACHE: Final = Path(".cache")
_MIN_JAVA: Final = 17
_DOWNLOAD_SECONDS: Final = 900.0  # 128 MB took 12 s here; a slow line has a quarter of an hour

_POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>marquee</groupId>
  <artifactId>neo4j-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.neo4j</groupId>
      <artifactId>neo4j</artifactId>
      <version>{NEO4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""

log = logging.getLogger(__name__)


def why_neo4j_cannot_start(cache: Path = DEFAULT_CACHE) -> str | None:
    """What this machine lacks to run Neo4j, in a sentence; None where nothing is lacking.

    Args:
        cache: the folder that keeps Neo4j's files, which are downloaded once.
    """
    java = _java_version()
    if java is None:
        return f"Neo4j needs Java {_MIN_JAVA} or later, and there is none (Debian: openjdk-{_MIN_JAVA}-jre-headless)."
    if java < _MIN_JAVA:
        return f"Neo4j needs Java {_MIN_JAVA} or later, and this one is Java {java}."
    if not _library(cache).is_dir() and shutil.which("mvn") is None:
        return "Neo4j is downloaded from Maven Central, and there is no Maven to do it (Debian: maven)."
    return None


def _java_version() -> int | None:
    """The major version of the `java` on the PATH, or None."""
    try:
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else None


def _library(cache: Path) -> Path:
    return cache / f"neo4j-{NEO4J_VERSION}" / "lib"


def download(cache: Path) -> Path:
    """The folder of Neo4j's jars, downloaded if it is not there. Several processes may do so at once."""
    library = _library(cache)
    if library.is_dir():
        return library
    log.info("downloading Neo4j %s from Maven Central, 128 MB, once", NEO4J_VERSION)
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="download-", dir=library.parent) as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(_POM, encoding="utf-8")
        fetched = Path(folder) / "lib"
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fetched.resolve()}"]
        run(["mvn", "-q", "-B", "-f", str(pom), *goal], "Neo4j can't be downloaded", _DOWNLOAD_SECONDS)
        try:
            fetched.replace(library)  # whole or not at all
        except OSError:
            if not library.is_dir():  # otherwise another process was faster, and its files are the same
                raise
    return library


def run(
    command: Sequence[str],
    failure: str,
    timeout_seconds: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a command to its end.

    Raises:
        UnavailableError: it failed, or took too long; the message says `failure` and what the command said.
    """
    try:
        subprocess.run(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"{failure}: {str(error.stdout)[-2_000:].strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{failure}: it took longer than {timeout_seconds:.0f} s.") from error
