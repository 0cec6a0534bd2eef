"""A Neo4j of one's own without Docker: Neo4j Community from Maven Central, run by the machine's Java."""

import contextlib
import logging
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shared.errors import UnavailableError
from shared.local.process import free_port, running

NEO4J_VERSION: Final = "5.26.30"
DEFAULT_CACHE: Final = Path(".cache")
_MIN_JAVA: Final = 17
_DOWNLOAD_SECONDS: Final = 900.0  # 128 MB took 12 s here; a slow line has a quarter of an hour
_START_SECONDS: Final = 120.0  # 6 s on two idle cores, and tests share theirs

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

# What Neo4j's own start script opens to it in Java's module system.
_JAVA_OPTIONS: Final = (
    "-XX:+UseG1GC",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "-Dlog4j2.disable.jmx=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunningNeo4j:
    """Where a server answers, and to whom."""

    url: str
    user: str
    password: str = field(repr=False)


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


@contextlib.contextmanager
def running_neo4j(
    *, cache: Path = DEFAULT_CACHE, heap_megabytes: int = 1_024, page_cache_megabytes: int = 256
) -> Iterator[RunningNeo4j]:
    """Run a Neo4j on a free port of 127.0.0.1 until the context ends, with a password and an empty database of its own.

    Args:
        cache: the folder that keeps Neo4j's files, which are downloaded once.
        heap_megabytes: the most that Java may take for its objects.
        page_cache_megabytes: how much of the database is kept in memory beside them.

    Raises:
        UnavailableError: this machine lacks Java or Maven, or the server can't be downloaded or does not start.
    """
    if reason := why_neo4j_cannot_start(cache):
        raise UnavailableError(reason)
    classes = f"{_download(cache).resolve()}/*"
    port, password = free_port(), secrets.token_hex(24)
    with tempfile.TemporaryDirectory(prefix="marquee-neo4j-") as folder:
        home = Path(folder)
        _write_configuration(home, port, page_cache_megabytes)
        _set_first_password(home, classes, password)
        memory = (f"-Xms{min(512, heap_megabytes)}m", f"-Xmx{heap_megabytes}m")
        entry = ("org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}")
        command = ["java", *memory, *_JAVA_OPTIONS, "-cp", classes, *entry, "--console-mode"]
        with running("Neo4j", command, log=home / "logs" / "console.log", env=_environment(home)) as process:
            process.wait_until(
                lambda: "Started." in process.log.read_text(encoding="utf-8", errors="replace"),
                timeout_seconds=_START_SECONDS,
            )
            yield RunningNeo4j(f"bolt://127.0.0.1:{port}", "neo4j", password)


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


def _download(cache: Path) -> Path:
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
        _run(["mvn", "-q", "-B", "-f", str(pom), *goal], "Neo4j can't be downloaded", _DOWNLOAD_SECONDS)
        try:
            fetched.replace(library)  # whole or not at all
        except OSError:
            if not library.is_dir():  # otherwise another process was faster, and its files are the same
                raise
    return library


def _write_configuration(home: Path, port: int, page_cache_megabytes: int) -> None:
    for name in ("conf", "data", "logs", "run", "plugins", "import"):
        (home / name).mkdir()
    settings = {
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.memory.pagecache.size": f"{page_cache_megabytes}m",
        "server.bolt.connection_keep_alive": "5s",  # clients give a mute server up after two of them
        "db.tx_log.preallocate": "false",  # otherwise each server writes 256 MB of zeros first
        "db.tx_log.rotation.retention_policy": "keep_none",
        "dbms.usage_report.enabled": "false",
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (home / "conf" / "neo4j.conf").write_text("".join(lines), encoding="utf-8")


def _set_first_password(home: Path, classes: str, password: str) -> None:
    """Through Neo4j's own tool. Its arguments lie in a file, since the list of processes shows a command's own."""
    arguments = home / "arguments"
    arguments.touch(mode=0o600)
    arguments.write_text(
        f'-cp "{classes}" org.neo4j.cli.AdminTool dbms set-initial-password {password}\n', encoding="utf-8"
    )
    _run(["java", f"@{arguments}"], "Neo4j's first password can't be set", _START_SECONDS, _environment(home))
    arguments.unlink()


def _environment(home: Path) -> dict[str, str]:
    return {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}


def _run(command: list[str], failure: str, timeout_seconds: float, env: dict[str, str] | None = None) -> None:
    """Run a command to its end; on failure say what it said."""
    try:
        subprocess.run(
            command,
            env={**os.environ, **(env or {})},
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
