"""The compose file, as Docker Compose reads it: merges applied, variables put in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
COMPOSE_FILE: Final = ROOT / "docker-compose.yml"
_VARIABLE: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-?])(?P<operand>[^}]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)


class MissingVariableError(Exception):
    """A variable that the compose file can't do without is not set; the text is what it says of it."""


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its variables put in, in the forms of the compose specification that the file uses."""

    def value_of(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name, operator, operand = found["name"] or found["plain"], found["operator"] or "", found["operand"] or ""
        value = variables.get(name)
        if value is not None and (value or not operator.startswith(":")):
            return value
        if operator.endswith("?"):
            raise MissingVariableError(f"{name}: {operand}")
        return operand

    return _VARIABLE.sub(value_of, text)


def read_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """The whole file. A key of `environment` or `args` without a value is handed on from `variables`, or left out."""
    content: dict[str, Any] = _put_in(yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8")), variables)
    for service in content["services"].values():
        for mapping in (service.get("environment"), service.get("build", {}).get("args")):
            for name in [name for name, value in (mapping or {}).items() if value is None]:
                del mapping[name]
                if name in variables:
                    mapping[name] = variables[name]
    return content


def _put_in(node: Any, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever YAML holds
    if isinstance(node, dict):
        return {key: _put_in(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_put_in(value, variables) for value in node]
    return interpolate(node, variables) if isinstance(node, str) else node


def seconds(duration: str) -> float:
    """A duration of the compose specification in seconds.

    >>> seconds("1m30s")
    90.0
    """
    units = {"h": 3_600.0, "m": 60.0, "s": 1.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def mounts(service: Mapping[str, Any]) -> dict[str, str]:
    """Where volumes and folders appear inside a container, and what appears there: a volume's name or a path."""
    parts = (entry.split(":") for entry in service.get("volumes", ()))
    return {target: source for source, target, *_ in parts}
