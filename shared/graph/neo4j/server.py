"""What a Neo4j says about itself: its version, its edition and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import neo4j


@dataclass(frozen=True, slots=True)
class ServerDescription:
    """A server.

    Attributes:
        version: such as `5.26.30`.
        edition: `community` or `enterprise`.
        settings: by name, as the server writes them (`5s`, `512.00MiB`); None where it goes by its own default.
    """

    version: str
    edition: str
    settings: Mapping[str, Any]


def describe(tx: neo4j.ManagedTransaction) -> ServerDescription:
    """The server that answers this transaction."""
    kernel = tx.run("CALL dbms.components() YIELD versions, edition RETURN versions[0] AS version, edition LIMIT 1")
    found = kernel.single(strict=True)
    settings = {row["name"]: row["value"] for row in tx.run("SHOW SETTINGS YIELD name, value")}
    return ServerDescription(found["version"], found["edition"], settings)
