import pytest

from services.trainer.comparing.competitors import Resources, compete
from services.trainer.comparing.material import Material
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import split
from services.trainer.evaluation.registry import Limits

ONE_THREAD = Resources(Limits(10**9, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["inductive", "ease"])
def test_what_learns_finds_the_blocks(material: Material, name: str) -> None:
    told: list[float] = []

    run = compete(told.append, name, 0, material, ONE_THREAD)  # type: ignore[arg-type]  # one of the names

    assert run["row"]["recall_at_20"] == pytest.approx(1.0, abs=0.01)
    assert run["seconds"] > 0
    assert run["settings"]
    assert told == sorted(told)


def test_stars_are_judged_where_there_are_some(data: Interactions) -> None:
    run = compete(lambda _: None, "bias", 0, Material("stars", split(data, 4.0), 4.0), ONE_THREAD)

    assert 0 < run["stars"]["rmse"] < 1.5  # what is held out has 5 stars, and one known rating of thirteen has 1


def test_an_error_is_what_a_run_came_to(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr("services.trainer.comparing.competitors.fit_baseline", fail)

    assert compete(lambda _: None, "ease", 0, material, ONE_THREAD) == {"failed": "MemoryError: too large"}
