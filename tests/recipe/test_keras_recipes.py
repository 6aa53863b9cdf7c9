"""The recipes that stand for the source's Keras models."""

from __future__ import annotations

import pytest

from wattlab.recipe import Recipe

NAMES = ("mnist-keras-blog", "mnist-keras-matched", "mnist-keras-5layer", "mnist-dense512")


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_for_keras_and_survives_its_toml(name: str) -> None:
    recipe = Recipe.named(name)
    assert recipe.name == name
    assert recipe.engine.name == "keras"
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_the_matched_recipe_differs_in_its_regularisation_alone() -> None:
    literal, matched = Recipe.named("mnist-keras-blog"), Recipe.named("mnist-keras-matched")
    same = matched.with_changes(
        {
            "name": literal.name,
            "description": literal.description,
            "regularisation.l2": literal.regularisation.l2,
        }
    )
    assert same == literal


def test_keras_regularises_a_thousand_times_as_hard() -> None:
    own, keras = Recipe.named("mnist-blog"), Recipe.named("mnist-keras-blog")
    assert (own.loss.reduction, keras.loss.reduction) == ("sum", "mean")
    assert own.training.batch_size == keras.training.batch_size == 500
    # As part of a mean loss, the program's term is divided by its batch.
    assert keras.regularisation.l2 / (own.regularisation.l2 / 500) == pytest.approx(1000)


def test_the_matched_recipe_regularises_as_the_program_does() -> None:
    own, matched = Recipe.named("mnist-blog"), Recipe.named("mnist-keras-matched")
    assert matched.regularisation.l2 == pytest.approx(own.regularisation.l2 / 500)


def test_only_the_hidden_layers_are_regularised() -> None:
    layers = Recipe.named("mnist-keras-blog").network.dense_layers
    assert layers is not None
    assert [layer.regularised for layer in layers] == [True, True, False]
    assert [layer.units for layer in layers] == [70, 30, 10]
