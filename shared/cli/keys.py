"""`marquee keys`: make, list and revoke the keys of the REST interface."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from shared.graph import open_graph
from shared.jobs import parse_request
from shared.keys import ApiKey, KeyRequest, Scope, create_key, list_keys, revoke_key
from shared.settings import GraphSettings, load


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of the REST interface. Needs the graph, and no key."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="May be given several times.",
)
@click.option("--user", "user_id", help="The one user whose data it may read and write.")
@click.option("--days", "expires_in_days", type=int, help="It expires after so many days; never, if left out.")
@click.option("--rate", "rate_per_minute", type=int, help="How many requests a minute it may send.")
def create(
    name: str, *, scopes: tuple[str, ...], user_id: str | None, expires_in_days: int | None, rate_per_minute: int | None
) -> None:
    """Make a key called NAME, and print it alone on standard output: it can't be shown again."""
    request = {
        "name": name,
        "scopes": list(scopes),
        "user_id": user_id,
        "expires_in_days": expires_in_days,
        "rate_per_minute": rate_per_minute,
    }
    parsed = parse_request(KeyRequest, request)
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        key, token = create_key(graph, parsed)
    click.echo(f"Key {key.key_id} ({' '.join(key.scopes)}). Keep it now: it can't be shown again.", err=True)
    click.echo(token)


@keys.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def show(limit: int) -> None:
    """List keys, newest first, also those that are no longer valid."""
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        found, now = list_keys(graph, limit), graph.now()
    table = Table("key", "name", "scopes", "user", "a minute", "made", "expires", "state")
    for key in found:
        table.add_row(
            key.key_id,
            key.name,
            " ".join(key.scopes),
            key.user_id or "",
            "" if key.rate_per_minute is None else f"{key.rate_per_minute:,}",
            _day(key.created_at),
            _day(key.expires_at),
            _state(key, now),
        )
    Console(highlight=False).print(table, markup=False)


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Let the key KEY_ID be good for nothing: every recommender knows within a second."""
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        key = revoke_key(graph, key_id)
    click.echo(f"Key {key.key_id} ({key.name}) is revoked.")


def _day(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{datetime.fromtimestamp(milliseconds / 1_000, UTC):%Y-%m-%d}"


def _state(key: ApiKey, now: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.is_valid(now) else "expired"
