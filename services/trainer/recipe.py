"""The settings of a training. Defaults were measured on MovieLens-1M; what depends on the data is selected."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from shared.jobs import GAT_HEADS, ContentName, Family, Loss, takes_content, takes_layers

_FULL_GRAPH_BYTES: Final = 2_000_000_000  # what one step through the whole graph may keep for its gradients
_SAMPLED_NEIGHBOURS: Final = 20


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
    loss: Loss = "softmax"
    """Over all movies, or against some that are drawn: see `families.losses`."""
    negatives: int = 1_024
    """How many are drawn for each step of `sampled-softmax`."""
    relations: tuple[ContentName, ...] = ()
    """What describes movies and users and takes part in the propagation, in the families that can."""
    neighbours: int = 0
    """Of each node, relation and layer as many are drawn for each step; 0: all of them, the whole graph."""
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
        return {**asdict(self), "relations": list(self.relations)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Recipe":
        """What `as_json` gave, or gave when there were fewer settings: others are as they were then, the defaults.

        Raises:
            TypeError: there is a setting that this version of Marquee does not know.
        """
        return cls(**{**values, "relations": tuple(values.get("relations", ()))})


def batch_users(n_users: int, family: Family = "inductive") -> int:
    """Users a step: 512, and fewer for few users, so that an epoch has at least eight steps.

    Families that propagate go through the whole graph at each step, which takes LightGCN as long as the softmax of
    6,000 users, so of many users they take more at once: an epoch has at most 40 steps.

    >>> [batch_users(n) for n in (6_000, 610, 20)]
    [512, 64, 32]
    >>> [batch_users(n, "lightgcn") for n in (6_000, 30_000, 138_000)]
    [512, 1024, 4096]
    """
    batch = 512
    while batch > 32 and batch * 8 > n_users:  # noqa: PLR2004 - fewer than 32 make a noisy gradient
        batch //= 2
    while takes_layers(family) and batch * 40 < n_users:
        batch *= 2
    return batch


def sampled_neighbours(family: Family, *, n_nodes: int, n_likes: int, width: int, layers: int) -> int:
    """How many neighbours of a node are drawn for a step where the whole graph does not fit; 0 where it does.

    A layer keeps about eight float32 a node and dimension for its gradients, and gat about five a head and edge.

    >>> sampled_neighbours("gcn", n_nodes=165_000, n_likes=14_000_000, width=128, layers=2)
    0
    >>> sampled_neighbours("gat", n_nodes=165_000, n_likes=14_000_000, width=128, layers=2)
    20
    """
    kept = 4 * layers * 8 * n_nodes * width
    if family == "gat":
        kept += 4 * layers * 5 * GAT_HEADS * 2 * n_likes
    return _SAMPLED_NEIGHBOURS if takes_content(family) and kept > _FULL_GRAPH_BYTES else 0
