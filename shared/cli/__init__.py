"""The `marquee` command. Subcommands are entry points: each service brings its own, and none is imported unasked."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

import click

from shared.errors import MarqueeError

_GROUP: Final = "marquee.commands"


class _Commands(click.Group):
    """Finds subcommands among the installed entry points, and shows the errors that Marquee raises on purpose."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(entry.name for entry in entry_points(group=_GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        for entry in entry_points(group=_GROUP, name=cmd_name):
            return _load(entry)
        return None

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MarqueeError as error:
            raise click.ClickException(str(error)) from error


def _load(entry: EntryPoint) -> click.Command:
    try:
        command = entry.load()
    except ModuleNotFoundError as error:
        return _unavailable(entry.name, f"{error.name} is not installed; `pip install 'marquee[dev]'` installs all.")
    if not isinstance(command, click.Command):
        raise TypeError(f"the entry point {entry.name} is no click command: {entry.value}")
    return command


def _unavailable(name: str, reason: str) -> click.Command:
    def refuse() -> None:
        raise click.ClickException(reason)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, help=f"(not available: {reason})", context_settings=anything)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="marquee")
def main() -> None:
    """Marquee, a self-hosted movie recommender.

    Settings are environment variables MARQUEE_…; .env.example lists them.
    """
