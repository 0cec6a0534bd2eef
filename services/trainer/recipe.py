"""The settings of a training. Defaults were measured on MovieLens-1M; what depends on the data is selected."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Family = Literal["inductive", "lightgcn"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides, with the data and the machine, which vectors a training ends with."""

    family: Family = "inductive"
    seed: int = 0
    width: int = 128
    """Dimensions of a vector."""
    temperature: float = 0.2
    """What the cosine is divided by: .2 suits dense data, .1 sparse data. Selected on validation."""
    epochs: float = 20
    """Passes over all users, the last perhaps over a part of them. Selected on validation."""
    batch_users: int = 512
    learning_rate: float = 0.01
    degree_power: float = 0.25
    """A movie's input vector is weighted with its number of likes to minus this power."""
    keep: float = 0.8
    """Part of a user's likes that the encoder sees in a step; all of them are its targets."""
    user_power: float = 0.5
    """A like weighs its user's number of likes to minus this power in the loss."""
    averaging: float = 0.98
    """How much of the running mean of the weights is kept at each step."""
    layers: int = 2
    """Propagations through the graph, in the families that propagate."""
    linear_rank: int = 0
    """Columns of the linear part beside the model, 0 for none. Selected on validation."""
    linear_lambda: float = 200.0
    """The penalty of the linear part. Selected on validation."""
    linear_weight: float = 2.0
    """What the linear part's scores are multiplied with. Selected on validation."""

    @property
    def columns(self) -> int:
        """How wide vectors are in the graph, the linear part included."""
        return self.width + self.linear_rank

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a report."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Recipe":
        """What `as_json` gave.

        Raises:
            TypeError: there is a setting that this version of Marquee does not know.
        """
        return cls(**values)


def batch_users(n_users: int, family: Family = "inductive") -> int:
    """Users a step: 512, and fewer for few users, so that an epoch has at least eight steps.

    LightGCN goes through the whole graph at each step, which takes as long as the softmax of 6,000 users, so of many
    users it takes more at once: an epoch has at most 40 steps.

    >>> [batch_users(n) for n in (6_000, 610, 20)]
    [512, 64, 32]
    >>> [batch_users(n, "lightgcn") for n in (6_000, 30_000, 138_000)]
    [512, 1024, 4096]
    """
    batch = 512
    while batch > 32 and batch * 8 > n_users:  # noqa: PLR2004 - fewer than 32 make a noisy gradient
        batch //= 2
    while family == "lightgcn" and batch * 40 < n_users:
        batch *= 2
    return batch
