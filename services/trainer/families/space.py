"""What a tuning may try of each setting. Plain values: the search itself is in `services.trainer.tuning`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Between:
    """Any number from `low` to `high`, tried evenly, or evenly by magnitude."""

    low: float
    high: float
    by_magnitude: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few whole numbers, ascending."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimesDefault:
    """The default for the data, which depends on them, times one of these factors."""

    factors: tuple[float, ...]


Space = Mapping[str, Between | OneOf | TimesDefault]
"""Names of a recipe's settings to what may be tried of each."""

COMMON: Final[Space] = MappingProxyType(
    {
        "temperature": Between(0.05, 0.5, by_magnitude=True),
        "learning_rate": Between(0.0005, 0.05, by_magnitude=True),
        "width": OneOf((64, 128, 256)),
        "batch_users": TimesDefault((0.5, 1, 2)),
        "user_power": Between(0.0, 1.0),
        "averaging": Between(0.9, 0.995),
    }
)
"""What every family learns by."""

PROPAGATING: Final[Space] = MappingProxyType({**COMMON, "layers": OneOf((1, 2, 3, 4))})
"""And families that spread vectors over the graph."""
