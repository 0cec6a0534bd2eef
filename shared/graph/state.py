"""The one `GraphState` node: which schema the graph was made by, and the revision that readers watch."""

from typing import Final

from shared.errors import InvalidInputError
from shared.schema import GRAPH_STATE, SCHEMA_VERSION

STATE_KEY: Final = "graph"


def refuse_newer(schema_version: int | None) -> None:
    """Raise `InvalidInputError` where a later Marquee has made the graph: this one might damage it."""
    if schema_version is not None and schema_version > SCHEMA_VERSION:
        raise InvalidInputError(_newer(schema_version))


def state_problems(schema_version: int | None) -> list[str]:
    """What is wrong with the schema, in words. None: the node is missing."""
    if schema_version is None:
        return [f"The {GRAPH_STATE.label} node is missing."]
    if schema_version < SCHEMA_VERSION:
        return [f"The graph has schema {schema_version}, this Marquee {SCHEMA_VERSION}: starting a worker migrates it."]
    return [_newer(schema_version)] if schema_version > SCHEMA_VERSION else []


def _newer(schema_version: int) -> str:
    return (
        f"The graph was made by schema {schema_version}, and this Marquee knows {SCHEMA_VERSION}: run the Marquee that "
        "made it, or a later one, or restore a backup from before the upgrade."
    )
