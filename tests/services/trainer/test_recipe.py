import json

import pytest

from services.trainer.recipe import Recipe


def test_a_recipe_survives_its_report() -> None:
    recipe = Recipe(family="lightgcn", seed=3, temperature=0.15, epochs=7)

    assert Recipe.from_json(recipe.as_json()) == recipe


def test_relations_survive_a_report_in_json() -> None:
    recipe = Recipe(family="rgcn", relations=("genre", "year"), neighbours=10, loss="bpr")

    assert Recipe.from_json(json.loads(json.dumps(recipe.as_json()))) == recipe


def test_a_recipe_of_an_earlier_version_was_trained_with_what_are_defaults() -> None:
    earlier = {
        "family": "lightgcn", "seed": 0, "width": 128, "temperature": 0.2, "epochs": 20, "batch_users": 512,
        "learning_rate": 0.01, "degree_power": 0.25, "keep": 0.8, "user_power": 0.5, "averaging": 0.98, "layers": 2,
    }  # fmt: skip

    assert Recipe.from_json(earlier) == Recipe(family="lightgcn")


def test_a_setting_that_is_not_known_is_no_recipe() -> None:
    with pytest.raises(TypeError, match="heads"):
        Recipe.from_json({"heads": 4})
