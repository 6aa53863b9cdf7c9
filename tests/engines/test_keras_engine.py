"""What the Keras engine refuses before anything is loaded."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.engines.keras.backend import EXTRAS
from wattlab.engines.keras.engine import KerasEngine
from wattlab.errors import MissingExtraError, UnsupportedError

if TYPE_CHECKING:
    from wattlab.recipe import Recipe


def recipe(tiny: Recipe, changes: dict[str, Any]) -> Recipe:
    return tiny.with_changes({"engine.name": "keras", **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"engine.backend": "torch", "engine.steps_per_execution": 4},
            r"engine.steps_per_execution is 4, but Keras on torch runs one batch .* engine.backend = 'tensorflow'",
        ),
        (
            {"engine.backend": "jax", "engine.steps_per_execution": 2},
            r"engine.steps_per_execution is 2, but Keras on jax runs one batch .* engine.backend = 'tensorflow'",
        ),
        (
            {"engine.backend": "jax", "engine.inter_threads": 2},
            r"engine.inter_threads is a setting of TensorF",
        ),
        ({"engine.memory_growth": True}, r"engine.memory_growth are settings of TensorFlow on a GPU"),
        ({"engine.memory_limit_MiB": 512}, r"engine.memory_limit_MiB and .* this is tensorflow on cpu"),
        (
            {"engine.memory_limit_MiB": 512, "engine.memory_growth": True, "engine.device": "cuda"},
            r"leave one of them out",
        ),
        ({"engine.loss_scale": 8.0}, r"engine.loss_scale is 8.0, but only float16 needs one"),
        ({"engine.precision": "tf32"}, r"engine.precision is 'tf32'.*it can do float64, float32"),
    ],
)
def test_what_would_be_without_effect_is_refused(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr("wattlab.engines.keras.backend.find_spec", lambda _: object())
    with pytest.raises(UnsupportedError, match=message):
        KerasEngine().check(recipe(tiny_recipe, changes))


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_a_format_without_instructions_must_be_allowed(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    monkeypatch.setattr("wattlab.engines.keras.backend.find_spec", lambda _: object())
    monkeypatch.setattr("wattlab.engines.keras.checks.number_formats", lambda: ("float64", "float32"))
    one = recipe(tiny_recipe, {"engine.precision": precision})
    with pytest.raises(UnsupportedError, match=r"engine.emulated = true"):
        KerasEngine().check(one)
    KerasEngine().check(one.with_changes({"engine.emulated": True}))


@pytest.mark.parametrize("backend", EXTRAS)
@pytest.mark.parametrize("absent", ["keras", "backend"])
def test_a_missing_package_is_named_with_its_extra(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, backend: str, absent: str
) -> None:
    package = "keras" if absent == "keras" else backend
    monkeypatch.setattr(
        "wattlab.engines.keras.backend.find_spec", lambda name: None if name == package else object()
    )
    with pytest.raises(MissingExtraError, match=rf"{package!r}.*wattlab\[{EXTRAS[backend]}\]"):  # type: ignore[index]
        KerasEngine().check(recipe(tiny_recipe, {"engine.backend": backend}))


def test_every_extra_with_torch_wants_the_same_torch() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = {name: [one for one in needs if one.startswith("torch")] for name, needs in extras.items()}
    assert wanted["torch"] == wanted["keras-torch"] != []


def test_checking_loads_nothing() -> None:
    pytest.importorskip("keras")
    code = (
        "import sys; from wattlab.recipe import Recipe; from wattlab.engines.registry import get_engine\n"
        "recipe = Recipe.named('mnist-keras-blog'); get_engine('keras').check(recipe)\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.slow
def test_one_thread_is_one_thread(backend: str) -> None:
    pytest.importorskip("keras")
    pytest.importorskip(backend)
    code = (
        "import numpy as np; from wattlab.data import load; from wattlab.data.preparation import prepare\n"
        "from wattlab.engines.initial import Inputs, initial_weights\n"
        "from wattlab.engines.registry import get_engine; from wattlab.recipe import Recipe\n"
        f"r = Recipe.named('digits').with_changes({{'engine.name': 'keras', 'engine.backend': '{backend}'}})\n"
        "data = prepare(load(r.data), r.preparation, np.float32); e = get_engine('keras')\n"
        "with e.limit_threads(1):\n"
        "    t = e.start(r, data, initial_weights(r.network, Inputs(64), 10, 0))\n"
        "    print(t.facts()['threads'], t.evaluate(data.test).score < 0.5)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "True"], done.stderr
