"""Neo4j refuses to start with a setting that it does not know: those of the compose file are asked of a real one."""

import pytest

from shared.graph.neo4j import Neo4jGraph
from shared.local.neo4j import RunningNeo4j
from tests.containers.compose import read_compose

# What the image's own start script takes for itself; all else that begins with NEO4J_ becomes a setting.
NOT_SETTINGS = {"NEO4J_AUTH"}


@pytest.mark.slow
def test_neo4j_knows_every_setting_that_the_compose_file_names(neo4j_server: RunningNeo4j) -> None:
    secrets = dict.fromkeys(("NEO4J_PASSWORD", "REDIS_PASSWORD", "MARQUEE_ADMIN_KEY"), "made-up")
    services = read_compose(secrets)["services"]
    variables = set(services["neo4j"]["environment"]) - NOT_SETTINGS
    named = {name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_") for name in variables}

    with Neo4jGraph(
        neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password, timeout_seconds=30
    ) as graph:
        known = {str(row["name"]) for row in graph._read("SHOW SETTINGS YIELD name")}

    assert len(named) == 5
    assert named <= known
