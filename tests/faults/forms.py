"""The two forms of these tests: a short one within all tests, and the long one of `make test-faults`."""

import os
from typing import Final

import pytest

KILLS: Final = int(os.environ.get("MARQUEE_FAULTS", "0"))
"""How many kills the long form makes on each graph; 0 in the short form."""
BOTH_GRAPHS_IF_LONG: Final = pytest.mark.parametrize(
    "marquee", ["sqlite", "neo4j"] if KILLS else ["sqlite"], indirect=True
)
"""For what goes the same way whatever the graph is: a hanging Redis, a shard that is done again, a lease that
ended while its worker hung: that a late write is refused, both graphs show in their conformance tests."""
