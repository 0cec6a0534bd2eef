"""`marquee accounts`: make, list, link and change accounts. It speaks to the graph, and needs no key."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from services.recommender.accounts.passwords import hash_password, make_hasher
from shared.accounts import (
    MAX_NAME_CHARACTERS,
    Account,
    change_account,
    create_account,
    find_account,
    link_account,
    list_accounts,
    normalised,
    set_password,
)
from shared.errors import ConflictError, NotFoundError
from shared.graph import Graph, open_graph
from shared.settings import GraphSettings, load

T = TypeVar("T")


@click.group()
def accounts() -> None:
    """Make, list, link and change the accounts of people. Needs the graph, and no key."""


@accounts.command()
@click.argument("login")
@click.option("--name", help=f"What people see, {MAX_NAME_CHARACTERS} characters at most; LOGIN, if left out.")
@click.option("--admin", "is_admin", is_flag=True, help="They may do everything.")
def create(login: str, *, name: str | None, is_admin: bool) -> None:
    """Make an account that logs in as LOGIN, and print its password, made at random, alone on standard output."""
    found, password = normalised(login), made_password()
    shown = (name or found)[:MAX_NAME_CHARACTERS]
    hashed = hash_password(make_hasher(), password)
    account = _with_graph(lambda graph: create_account(graph, found, shown, hashed, is_admin=is_admin))
    click.echo(f"Account {account.account_id} ({account.login}). Its password can't be shown again:", err=True)
    click.echo(password)


@accounts.command("list")
@click.option("--like", default="", help="Those alone whose login, name or user holds this.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True)
def show(*, like: str, limit: int) -> None:
    """List accounts."""
    table = Table("login", "name", "account", "user", "made", "state")
    for account in _with_graph(lambda graph: list_accounts(graph, after=None, limit=limit, like=like)):
        made = f"{datetime.fromtimestamp(account.created_at / 1_000, UTC):%Y-%m-%d}"
        state = "disabled" if account.disabled_at is not None else "admin" if account.is_admin else ""
        linked = f"{account.user_id} (linked)" if account.is_linked else account.user_id
        table.add_row(account.login, account.display_name, account.account_id, linked, made, state)
    Console(highlight=False).print(table, markup=False)


@accounts.command()
@click.argument("login")
@click.argument("user_id", required=False)
def link(login: str, user_id: str | None) -> None:
    """Let LOGIN speak for the user USER_ID of the data; without one, again for the user that came with the account."""
    account = _with_graph(lambda graph: link_account(graph, _named(graph, login).account_id, user_id))
    click.echo(f"{account.login} speaks for the user {account.user_id} from now on.")


@accounts.command()
@click.argument("login")
@click.option("--off", is_flag=True, help="No longer.")
def admin(login: str, *, off: bool) -> None:
    """Let LOGIN do everything, or no longer."""
    changes = {"isAdmin": not off}
    account = _with_graph(lambda graph: change_account(graph, _named(graph, login).account_id, changes))
    click.echo(f"{account.login} is {'an admin' if account.is_admin else 'no admin'} from now on.")


@accounts.command()
@click.argument("login")
def reset_password(login: str) -> None:
    """Give LOGIN another password, made at random, and print it. All their sessions end within a second."""
    password = made_password()
    hashed = hash_password(make_hasher(), password)
    if not _with_graph(lambda graph: set_password(graph, _named(graph, login), hashed)):
        raise ConflictError("The password was changed meanwhile. Try again.")
    click.echo(f"All sessions of {login} have ended. The new password can't be shown again:", err=True)
    click.echo(password)


def made_password() -> str:
    """A password that nobody guesses: 96 bits of chance."""
    return secrets.token_urlsafe(12)


def _with_graph(work: Callable[[Graph], T]) -> T:
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        return work(graph)


def _named(graph: Graph, login: str) -> Account:
    account = find_account(graph, normalised(login))
    if account is None:
        raise NotFoundError(f"There is no account {login!r}. `marquee accounts list` shows those that there are.")
    return account
