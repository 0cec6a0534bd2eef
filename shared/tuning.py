"""Tuned settings in the graph: what the trainings of a family begin from in place of the defaults, and the way back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.graph.port import Graph, Record
from shared.schema import TUNED_SETTINGS


@dataclass(frozen=True, slots=True)
class TunedSettings:
    """The best settings of a study, which the gate has agreed to.

    Attributes:
        family: of the models they are for.
        like_threshold: from which rating on a movie was liked; they are for trainings with the same.
        settings: a recipe's settings by name.
        recipe: the whole recipe that was judged.
        study: which study they are from.
        trial: its number there.
        job_id: of the tuning that the gate agreed with.
        created_at: milliseconds since 1970.
    """

    family: str
    like_threshold: float
    settings: Mapping[str, Any]
    recipe: Mapping[str, Any]
    study: str
    trial: int
    job_id: str
    created_at: int

    @classmethod
    def from_record(cls, record: Record) -> "TunedSettings":
        """The settings that a `TunedSettings` node describes."""
        return cls(
            family=record["family"],
            like_threshold=record["likeThreshold"],
            settings=json.loads(record["settings"]),
            recipe=json.loads(record["recipe"]),
            study=record["study"],
            trial=record["trial"],
            job_id=record["jobId"],
            created_at=record["createdAt"],
        )

    def as_json(self) -> dict[str, Any]:
        """As it is named in the report of a training that began from them."""
        return {"study": self.study, "trial": self.trial, "settings": dict(self.settings)}


def find_tuned(graph: Graph, family: str, like_threshold: float) -> TunedSettings | None:
    """What a training of the family begins from, where likes begin at `like_threshold`; None: the defaults."""
    record = graph.read_record(TUNED_SETTINGS, family)
    tuned = TunedSettings.from_record(record) if record else None
    return tuned if tuned is not None and tuned.like_threshold == like_threshold else None


def list_tuned(graph: Graph) -> list[TunedSettings]:
    """All there are, one a family at the most."""
    return [TunedSettings.from_record(record) for record in graph.find_records(TUNED_SETTINGS)]


def keep_tuned(graph: Graph, tuned: TunedSettings) -> None:
    """Let trainings of the family begin from these from now on, in one step."""
    changes: Record = {
        "likeThreshold": tuned.like_threshold,
        "settings": json.dumps(dict(tuned.settings)),
        "recipe": json.dumps(dict(tuned.recipe)),
        "study": tuned.study,
        "trial": tuned.trial,
        "jobId": tuned.job_id,
        "createdAt": tuned.created_at,
    }
    if not graph.create_record(TUNED_SETTINGS, {"family": tuned.family, **changes}):
        graph.update_record(TUNED_SETTINGS, tuned.family, changes)


def forget_tuned(graph: Graph, family: str) -> bool:
    """Let trainings of the family begin from the defaults again; False where they did already."""
    return bool(graph.delete_nodes(TUNED_SETTINGS, [family]))
