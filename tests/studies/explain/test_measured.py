"""Ceilings and parts, measured for real on small sizes; no time is asserted."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import MissingExtraError
from wattlab.recipe import Recipe
from wattlab.studies.explain import choosing, measuring
from wattlab.studies.explain.library import NumpyLibrary
from wattlab.studies.explain.measuring import measure_ceilings
from wattlab.studies.explain.part_times import AS_IT_IS, PartsAsked
from wattlab.studies.explain.parts import calm_rounds, measure_parts
from wattlab.studies.explain.stopwatch import samples_s
from wattlab.studies.explain.working_set import last_cache_B, stream_sizes

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = """
name = "images"
data = { dataset = "digits" }
loss = { kind = "cross-entropy" }
optimizer = { kind = "adam", learning_rate = 0.001 }
training = { batch_size = 8 }
engine = { name = "torch" }
[network]
layers = [
  { kind = "conv2d", filters = 4, kernel = 3, padding = "same" },
  { kind = "batch-norm" },
  { kind = "activation", activation = "relu" },
  { kind = "conv2d", filters = 4, kernel = 3, padding = "same" },
  { kind = "conv2d", filters = 4, kernel = 3, padding = "same" },
  { kind = "global-average-pool" },
  { activation = "softmax" },
]
"""


def test_the_ceilings_of_numpy(monkeypatch: pytest.MonkeyPatch, tiny_recipe: Recipe) -> None:
    small = NumpyLibrary((3000, 30_000))
    small.sizes = (8, 16)
    monkeypatch.setattr(measuring, "library_of", lambda _: small)
    found = measure_ceilings(tiny_recipe, budget=0.01)
    assert [(one.precision, one.m) for one in found.products] == [
        *(("float64", 8), ("float64", 16), ("float32", 8), ("float32", 16))
    ]
    rates = [one.rate for one in found.products] + [one.rate for one in found.bandwidths]
    assert all(rate.median > 0 for rate in rates)
    assert found.memory.size_B == 30_000
    assert found.bandwidth_at(2000).size_B == 3000
    assert found.bandwidth_at(10**9).size_B == 30_000
    assert set(found.lacking) == {"bfloat16", "float16"}


def test_a_rate_is_of_work_that_was_done() -> None:
    taken = samples_s(lambda: sleep(0.001), lambda: None, budget_s=0.0, samples=9)
    assert len(taken) == 3  # no time for more, but three in any case
    assert min(taken) >= 0.001


def test_parts_of_dense_layers_on_numpy(tiny_recipe: Recipe) -> None:
    recipes = {
        AS_IT_IS: tiny_recipe,
        "float64": tiny_recipe.with_changes({"engine.precision": "float64"}),
        "more": tiny_recipe.with_changes({"training.batch_size": 32}),
        "half": tiny_recipe.with_changes({"engine.precision": "float16"}),
    }
    asked = PartsAsked(recipes={name: one.to_toml() for name, one in recipes.items()}, budget_s=0.0)
    found = measure_parts(asked)
    assert found.baseline is not None
    assert list(found.baseline.layers) == ["layers.0", "layers.1"]
    assert found.baseline.ratio is None
    assert found.times["more"].batch_size == 32
    assert found.times["float64"].ratio is not None
    assert found.rounding is not None
    assert (found.rounding.bits, found.rounding.result) == (23, "float32")
    # By hand: 96 samples; 2 → 5 → 3, forward, weights, and inputs but for the first layer.
    assert found.work.affine_flop >= 16 * (2 * 2 * 2 * 5 + 3 * 2 * 5 * 3)
    assert (found.work.n_train, found.work.n_parameters, found.work.sample_B) == (96, 33, 8)
    assert set(found.times) | set(found.refused) == set(recipes)


def test_parts_of_any_network_on_torch() -> None:
    pytest.importorskip("torch")
    recipe = Recipe.from_toml(IMAGES)
    first = recipe.with_changes({"engine.layout": "channels-first"})
    asked = PartsAsked(recipes={AS_IT_IS: recipe.to_toml(), "layout": first.to_toml()}, budget_s=0.0)
    found = measure_parts(asked)
    assert found.baseline is not None
    assert list(found.baseline.layers) == [f"layers.{index}" for index in range(7)]
    assert [one.affine for one in found.work.layers].count(True) == 4
    assert found.n_rounds == 3
    assert found.times["layout"].ratio is not None


def test_what_autocast_really_rounds_to() -> None:
    pytest.importorskip("torch")
    recipe = Recipe.from_toml(IMAGES).with_changes({"engine.precision": "bfloat16", "engine.emulated": True})
    rounding = measure_parts(PartsAsked(recipes={AS_IT_IS: recipe.to_toml()}, budget_s=0.0)).rounding
    assert rounding is not None
    assert (rounding.bits, rounding.result) == (7, "bfloat16")


def test_without_torch_its_ceilings_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="wattlab\\[torch\\]"):
        choosing.library_of(Recipe.from_toml(IMAGES).engine)


@pytest.mark.parametrize(
    ("loads", "calm"),
    [([0.0, 0.9, 0.05, 0.0], [0, 2, 3]), ([0.9, 0.8, 0.2, 0.7], [1, 2, 3]), ([0.5], [0])],
)
def test_the_calmest_rounds_count(loads: list[float], calm: list[int]) -> None:
    assert calm_rounds(loads) == calm


def test_the_last_cache_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "sys/devices/system/cpu/cpu0/cache"
    for index, size in enumerate(("32K", "1024K", "16384K")):
        (folder / f"index{index}").mkdir(parents=True)
        (folder / f"index{index}/size").write_text(f"{size}\n")
    assert last_cache_B(tmp_path) == 16 * 2**20
    assert last_cache_B(tmp_path / "nowhere") == 32 * 2**20
    assert stream_sizes()[-1] > stream_sizes()[0]
