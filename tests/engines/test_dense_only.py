"""Our engine and scikit-learn say what they do not do, with the field and who does it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from wattlab.engines.registry import get_engine
from wattlab.errors import UnsupportedError
from wattlab.recipe import Recipe


@pytest.mark.parametrize(("engine", "who"), [("native", "the native engine"), ("sklearn", "scikit-learn")])
@pytest.mark.parametrize(
    ("recipe", "changes", "complaint"),
    [
        ("mnist-cnn", {}, "network.layers[0] (conv2d) is nothing that {who} has, which knows dense layers only"),
        ("moons-graph", {}, "network.layers[3] (add 'z6') is nothing that {who} has"),
        ("mnist-fast", {"augmentation.flip": True}, "augmentation changes images, which {who} does not do"),
    ],
)  # fmt: skip
def test_what_is_more_than_dense_layers_is_left_to_others(
    recipe: str, changes: dict[str, Any], complaint: str, engine: str, who: str
) -> None:
    chosen = Recipe.named(recipe).with_changes({**changes, "engine.name": engine})
    with pytest.raises(UnsupportedError, match=re.escape(complaint.format(who=who))) as caught:
        get_engine(engine).check_recipe(chosen)
    assert "set engine.name = 'torch' or 'keras'" in str(caught.value)


def test_dense_layers_that_are_no_chain_are_refused_too() -> None:
    tables = [
        {"name": "a", "units": 4, "inputs": ["b"]},
        {"name": "b", "units": 3, "inputs": ["input"]},
        {"inputs": ["a"], "activation": "softmax"},
    ]
    chosen = Recipe.named("moons").with_changes({"network.layers": tables})
    with pytest.raises(UnsupportedError, match=r"network\.layers is no chain"):
        get_engine("native").check_recipe(chosen)


def test_scikit_learn_does_not_reconstruct() -> None:
    chosen = Recipe.named("digits-autoencoder").with_changes({"engine.name": "sklearn"})
    with pytest.raises(
        UnsupportedError, match=r"data\.task is 'reconstruction', which scikit-learn does not do"
    ):
        get_engine("sklearn").check_recipe(chosen)
