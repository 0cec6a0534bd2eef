"""A Neo4j of one's own says what it lacks; the graph's tests show that it runs, the faults' that it starts again."""

from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.local.neo4j import NEO4J_VERSION, running_neo4j, why_neo4j_cannot_start


def put_program(folder: Path, name: str, says: str) -> None:
    """A program that prints `says` to its standard error."""
    program = folder / name
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{says}\nEND\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, but for the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat"):
        (folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.usefixtures("programs")
def test_a_machine_without_java_is_told_so(tmp_path: Path) -> None:
    reason = why_neo4j_cannot_start(tmp_path)

    assert reason is not None
    assert reason.startswith("Neo4j needs Java 17 or later, and there is none")
    with pytest.raises(UnavailableError, match="Java 17"), running_neo4j(cache=tmp_path):
        pass


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ('java version "1.8.0_402"', "this one is Java 8."),
        ('openjdk version "11.0.22" 2024-01-16', "this one is Java 11."),
        ('openjdk version "17.0.15" 2025-04-15', "there is no Maven"),
        ('openjdk version "21" 2023-09-19', "there is no Maven"),
    ],
)
def test_an_old_java_or_no_maven_is_told(programs: Path, tmp_path: Path, version: str, reason: str) -> None:
    put_program(programs, "java", version)

    assert reason in str(why_neo4j_cannot_start(tmp_path))


def test_maven_is_needed_once(programs: Path, tmp_path: Path) -> None:
    put_program(programs, "java", 'openjdk version "17.0.15" 2025-04-15')
    (tmp_path / f"neo4j-{NEO4J_VERSION}" / "lib").mkdir(parents=True)

    assert why_neo4j_cannot_start(tmp_path) is None


def test_a_download_that_fails_is_told_with_mavens_words_and_leaves_nothing(programs: Path, tmp_path: Path) -> None:
    put_program(programs, "java", 'openjdk version "17.0.15" 2025-04-15')
    (programs / "mvn").write_text("#!/bin/sh\necho 'Unknown host'\nexit 1\n", encoding="utf-8")
    (programs / "mvn").chmod(0o755)

    with (
        pytest.raises(UnavailableError, match="Neo4j can't be downloaded: Unknown host"),
        running_neo4j(cache=tmp_path / "cache"),
    ):
        pass

    assert list((tmp_path / "cache" / f"neo4j-{NEO4J_VERSION}").iterdir()) == []
