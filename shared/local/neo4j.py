"""A Neo4j of one's own without Docker: Neo4j Community from Maven Central, run by the machine's Java."""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shared.errors import UnavailableError
from shared.local.neo4j_files import DEFAULT_CACHE, NEO4J_VERSION, download, run, why_neo4j_cannot_start
from shared.local.process import free_port
from shared.local.server import Server

__all__ = ["NEO4J_VERSION", "Neo4jServer", "RunningNeo4j", "running_neo4j", "why_neo4j_cannot_start"]

_START_SECONDS: Final = 120.0  # 6 s on two idle cores, and tests share theirs
_TOOL_SECONDS: Final = 600.0

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


@dataclass(frozen=True, slots=True)
class RunningNeo4j:
    """Where a server answers, and to whom."""

    url: str
    user: str
    password: str = field(repr=False)


class Neo4jServer(Server):
    """A Neo4j on a free port of 127.0.0.1, with its data in a folder; each start is at the same address.

    Args:
        home: the folder for its data, configuration and logs. An empty one becomes a new database; one that was used
            before keeps its data, and its password.
        password: of the user `neo4j`; one is drawn where it is left out. A used folder needs the one it was given.
        cache: the folder that keeps Neo4j's files, which are downloaded once.
        heap_megabytes: the most that Java may take for its objects.
        page_cache_megabytes: how much of the database is kept in memory beside them.
        preallocates_log: whether its log takes 256 MB of the disk at once, as a server of Neo4j does by default: it
            then writes a quarter faster. One that lives for a test does better without.

    Raises:
        UnavailableError: this machine lacks Java or Maven, or the server can't be downloaded.
    """

    def __init__(
        self,
        home: Path,
        *,
        password: str | None = None,
        cache: Path = DEFAULT_CACHE,
        heap_megabytes: int = 1_024,
        page_cache_megabytes: int = 256,
        preallocates_log: bool = True,
    ) -> None:
        if reason := why_neo4j_cannot_start(cache):
            raise UnavailableError(reason)
        self._home, self._classes = home, f"{download(cache).resolve()}/*"
        port = free_port()
        self.address = RunningNeo4j(f"bolt://127.0.0.1:{port}", "neo4j", password or secrets.token_hex(24))
        is_new = not (home / "conf").exists()
        _write_configuration(home, port, page_cache_megabytes, preallocates_log=preallocates_log)
        if is_new:
            self.admin("dbms", "set-initial-password", self.address.password)
        memory = (f"-Xms{min(512, heap_megabytes)}m", f"-Xmx{heap_megabytes}m")
        entry = ("org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}")
        super().__init__(
            "Neo4j",
            ["java", *memory, *_JAVA_OPTIONS, "-cp", self._classes, *entry, "--console-mode"],
            log=home / "logs" / "console.log",
            is_ready=lambda process: "Started." in process.output(),
            start_seconds=_START_SECONDS,
            env=_environment(home),
        )

    def admin(self, *words: str, folder: Path | None = None) -> None:
        """Run a command of `neo4j-admin`, such as `database dump neo4j`; most want the server stopped.

        It runs in `folder`, if one is given: relative paths are meant from there.

        Raises:
            UnavailableError: it failed; the message holds what it said.
        """
        # The arguments lie in a file, since the list of processes shows a command's own.
        with tempfile.NamedTemporaryFile("w", dir=self._home, prefix="arguments-", encoding="utf-8") as arguments:
            arguments.write(
                "\n".join(f'"{word}"' for word in ("-cp", self._classes, "org.neo4j.cli.AdminTool", *words))
            )
            arguments.flush()
            failure = f"neo4j-admin {' '.join(words[:2])} failed"
            run(["java", f"@{arguments.name}"], failure, _TOOL_SECONDS, _environment(self._home), folder)


@contextlib.contextmanager
def running_neo4j(
    *,
    cache: Path = DEFAULT_CACHE,
    heap_megabytes: int = 1_024,
    page_cache_megabytes: int = 256,
    preallocates_log: bool = True,
) -> Iterator[RunningNeo4j]:
    """Run a Neo4j on a free port of 127.0.0.1 until the context ends, with a password and an empty database of its own.

    Args:
        cache: see `Neo4jServer`.
        heap_megabytes: see `Neo4jServer`.
        page_cache_megabytes: see `Neo4jServer`.
        preallocates_log: see `Neo4jServer`.

    Raises:
        UnavailableError: this machine lacks Java or Maven, or the server can't be downloaded or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="marquee-neo4j-") as folder:
        server = Neo4jServer(
            Path(folder),
            cache=cache,
            heap_megabytes=heap_megabytes,
            page_cache_megabytes=page_cache_megabytes,
            preallocates_log=preallocates_log,
        )
        with server:
            yield server.address


def _write_configuration(home: Path, port: int, page_cache_megabytes: int, *, preallocates_log: bool) -> None:
    for name in ("conf", "data", "logs", "run", "plugins", "import"):
        (home / name).mkdir(parents=True, exist_ok=True)
    settings: Mapping[str, str] = {
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.memory.pagecache.size": f"{page_cache_megabytes}m",
        "server.bolt.connection_keep_alive": "5s",  # clients give a mute server up after two of them
        "db.tx_log.preallocate": str(preallocates_log).lower(),
        "db.tx_log.rotation.retention_policy": "keep_none",
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",  # else it takes ten seconds to stop
        "dbms.usage_report.enabled": "false",
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (home / "conf" / "neo4j.conf").write_text("".join(lines), encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    return {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
