import pytest

from services.trainer.recipe import Recipe


def test_a_recipe_survives_its_report() -> None:
    recipe = Recipe(family="lightgcn", seed=3, temperature=0.15, epochs=7)

    assert Recipe.from_json(recipe.as_json()) == recipe


def test_a_setting_that_is_not_known_is_no_recipe() -> None:
    with pytest.raises(TypeError, match="heads"):
        Recipe.from_json({"heads": 4})
