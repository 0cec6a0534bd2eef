"""A training on its way to another process: plain arrays in files, which are mapped and not read, and a checkpoint."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.start import Start
from services.trainer.fitting.group import Inputs
from services.trainer.recipe import Recipe

_ABOUT: Final = "about.json"
_STATE: Final = "state.pt"


def write_training(folder: Path, inputs: Inputs, state: dict[str, Any] | None) -> None:
    """Put a training into a new folder: what it begins from and, if it has begun, where it stands."""
    folder.mkdir(parents=True)
    arrays: dict[str, npt.NDArray[Any]] = {
        "starts": inputs.likes.starts,
        "movies": inputs.likes.movies,
        "start_users": inputs.start.users,
        "start_movies": inputs.start.movies,
    }
    for place, relation in enumerate(inputs.content):
        arrays |= {f"nodes_{place}": relation.nodes, f"described_{place}": relation.described}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    relations = [{"name": r.name, "n_nodes": r.n_nodes, "of": r.of} for r in inputs.content]
    about = {"recipe": inputs.recipe.as_json(), "n_movies": inputs.likes.n_movies, "relations": relations}
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
    if state is not None:
        torch.save(state, folder / _STATE)


def read_training(folder: Path) -> tuple[Inputs, dict[str, Any] | None]:
    """What `write_training` wrote. The arrays stay in their files, which may be deleted meanwhile."""

    def array(name: str) -> Any:  # noqa: ANN401 - of whatever type it was
        # "c": whoever would write into it writes into a copy, and torch does not warn that it might.
        return np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False)

    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    likes = UserLists(array("starts"), array("movies"), about["n_movies"])
    content = tuple(
        Relation(nodes=array(f"nodes_{place}"), described=array(f"described_{place}"), **relation)
        for place, relation in enumerate(about["relations"])
    )
    start = Start(array("start_users"), array("start_movies"))
    state: dict[str, Any] | None = None
    if (folder / _STATE).exists():
        state = torch.load(folder / _STATE, weights_only=True, map_location="cpu")
    return Inputs(likes, Recipe.from_json(about["recipe"]), start, content), state
