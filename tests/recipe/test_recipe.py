"""Recipes: those that ship, TOML there and back, and what is refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from wattlab.errors import RecipeError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import NativeChoice, engine_changes
from wattlab.recipe.library import find_text, recipe_names, recipe_text
from wattlab.recipe.objective import l2_for_inputs
from wattlab.recipe.override import parse_assignment
from wattlab.recipe.preparation import Clusters
from wattlab.recipe.schedule import Cosine, OneCycle, Steps
from wattlab.recipe.shapes import infer

SHIPPED = [
    "cifar10-cnn",
    "cifar10-resnet56",
    "cifar10-talk",
    "digits",
    "digits-autoencoder",
    "imagenette-cnn",
    "linear-regression",
    "mnist-autoencoder",
    "mnist-blog",
    "mnist-blog-600",
    "mnist-blog-unoptimised",
    "mnist-clusters",
    "mnist-clusters-study",
    "mnist-cnn",
    "mnist-dense512",
    "mnist-fast",
    "mnist-keras-5layer",
    "mnist-keras-blog",
    "mnist-keras-matched",
    "mnist-vae",
    "moons",
    "moons-graph",
]


def test_the_promised_recipes_ship() -> None:
    assert recipe_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_bears_its_name_and_survives_toml(name: str) -> None:
    recipe = Recipe.named(name)
    assert recipe.name == name
    assert recipe.description
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert tomllib.loads(recipe_text(name))["name"] == name


def test_the_blogs_recipes_are_what_the_sources_say() -> None:
    blog, plain = Recipe.named("mnist-blog"), Recipe.named("mnist-blog-unoptimised")
    layers = blog.network.dense_layers or ()
    assert [layer.units for layer in layers] == [70, 30, 10]
    assert {layer.activation for layer in layers} == {"sigmoid"}
    assert (blog.loss.kind, blog.loss.reduction, blog.regularisation.l2) == ("log-loss", "sum", 0.01)
    assert blog.optimizer.model_dump() == {
        "kind": "momentum-one-step",
        "learning_rate": 0.001,
        "momentum": 5e-5,
    }
    assert (blog.training.batch_size, blog.training.epochs) == (500, 35)
    assert isinstance(plain.engine, NativeChoice)
    assert (plain.engine.precision, plain.engine.input_delta) == ("float64", True)
    long = Recipe.named("mnist-blog-600")
    assert (long.regularisation.l2, long.training.epochs) == (0.2, 600)


def test_every_field_is_written_with_a_comment(tiny_recipe: Recipe) -> None:
    text = tiny_recipe.to_toml()
    bare = [
        line
        for line in text.splitlines()
        if "=" in line and "  # " not in line and not line.startswith(("kind", "#"))
    ]
    assert bare == []
    assert "momentum = 0.9  # γ, the share of the last step that is kept." in text
    assert "# clip_norm = # Largest Euclidean norm of the whole gradient" in text


def test_a_recipe_is_read_from_a_file(tiny_toml: str, tiny_recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(tiny_toml)
    assert Recipe.named("mine.toml") == tiny_recipe
    assert Recipe.named(str(tmp_path / "mine.toml")) == tiny_recipe
    assert find_text("mine.toml") == tiny_toml


def test_a_recipe_is_frozen_and_shows_itself(tiny_recipe: Recipe) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        tiny_recipe.seed = 3  # type: ignore[misc]
    assert tiny_recipe._repr_html_().startswith("<pre>name = &quot;tiny&quot;")


# Random recipes


def fractions(*, top: float = 0.99) -> st.SearchStrategy[float]:
    return st.floats(0, top, allow_subnormal=False)


positive = st.floats(1e-12, 1e12, allow_subnormal=False)
counts = st.integers(1, 10_000)
texts = st.text(max_size=20)


def table(kind: str | None = None, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Tables in which each field may stand or not, save those whose name ends in an underscore."""
    required = {name[:-1]: values for name, values in fields.items() if name.endswith("_")}
    optional = {name: values for name, values in fields.items() if not name.endswith("_")}
    given_kind = {} if kind is None else {"kind": st.just(kind)}
    return st.fixed_dictionaries({**given_kind, **required}, optional=optional)


initial_weights = st.one_of(
    table("sqrt-nodes", factor=positive),
    table("uniform", low=st.floats(-9, 0), high=st.floats(0.5, 9)),
    *(table(kind) for kind in ("glorot-uniform", "glorot-normal", "he-uniform", "he-normal")),
)
activations = st.sampled_from(["identity", "sigmoid", "tanh", "relu", "leaky-relu"])
hidden = table(units_=counts, activation=activations, initial_weights=initial_weights)
optimizers = st.one_of(
    table("sgd", learning_rate_=positive),
    *(
        table(kind, learning_rate_=positive, momentum=fractions())
        for kind in ("momentum", "nesterov", "momentum-one-step")
    ),
    table("adagrad", learning_rate_=positive, epsilon=positive),
    table("rmsprop", learning_rate_=positive, decay=fractions(), epsilon=positive),
    table("adam", learning_rate_=positive, beta1=fractions(), beta2=fractions()),
    table("adamw", learning_rate_=positive, weight_decay=st.floats(0, 9)),
)
reductions = st.one_of(
    table("none"),
    table("drop-constant"),
    table(
        "clusters",
        n_clusters_=counts,
        n_init=counts,
        max_no_improvement=st.integers(0, 99),
        tol=st.floats(0, 9),
        fit_on=st.sampled_from(["train", "train-and-test"]),
    ),
    table("pca", n_components_=counts | st.floats(0.01, 0.99), whiten=st.booleans(), seed=st.integers(0, 99)),
    table("pool", factor=st.integers(2, 99)),
    table("random-projection", n_components_=counts, matrix=st.sampled_from(["gaussian", "sparse"])),
)
points = st.lists(
    st.tuples(st.integers(0, 50), st.floats(0, 9)), min_size=1, unique_by=lambda point: point[0]
)
schedules = st.one_of(
    table("constant"),
    table("inverse-time", decay_=st.floats(0, 9)),
    table("step", every_=counts, factor_=positive),
    table("piecewise-linear", points_=points.map(lambda some: [list(one) for one in sorted(some)])),
    table("cosine", final=fractions()),
    table("one-cycle", warm_up=st.floats(0.01, 0.99), anneal=st.sampled_from(["cosine", "linear"])),
)
losses = st.one_of(
    table("cross-entropy", label_smoothing=fractions(), reduction=st.sampled_from(["sum", "mean"])),
    table("log-loss", reduction=st.sampled_from(["sum", "mean"])),
    table("mse"),
)
scalings = st.sampled_from(["none", "bytes", "standard", "min-max", "normalise"])
recipes = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True),
        "data": table(
            dataset_=texts,
            label=texts,
            task=st.sampled_from(["auto", "classification", "regression"]),
            test_fraction=st.floats(0.01, 0.99),
            split_seed=st.integers(0, 2**70),
            options=st.dictionaries(
                texts, st.booleans() | st.integers() | st.floats(-1e300, 1e300) | texts, max_size=3
            ),
        ),
        "network": table(
            initial_weights=initial_weights,
            initial_biases=st.sampled_from(["zeros", "as-weights"]),
            layers_=st.lists(hidden, max_size=3).map(lambda some: [*some, {"activation": "softmax"}]),
        ),
        "loss": losses,
        "optimizer": optimizers,
    },
    optional={
        "description": texts,
        "seed": st.integers(0, 2**70),
        "schedule": schedules,
        "preparation": table(
            before=scalings,
            after=scalings.filter(lambda one: one != "bytes"),
            reduction=reductions,
        ),
        "regularisation": table(l1=st.floats(0, 9), l2=st.floats(0, 9)),
        "training": table(
            batch_size=counts | st.just("all"),
            epochs=counts,
            shuffle=st.booleans(),
            last_batch=st.sampled_from(["keep", "drop"]),
            clip_norm=positive,
        ),
        "evaluation": table(
            train=st.sampled_from(["none", "batches", "full"]),
            train_every=counts,
            test_every=st.integers(0, 9),
        ),
        "stop": table(
            target=st.floats(-9, 9), at_target=st.booleans(), patience=counts, time_budget_s=positive
        ),
        "checkpoint": table(every=st.integers(0, 9), every_s=positive),
        "engine": table(
            precision=st.sampled_from(["float32", "float64"]), threads=counts, layer_times=st.booleans()
        ),
    },
)


@settings(deadline=None, max_examples=200)
@given(recipes)
def test_any_recipe_survives_toml(fields: dict[str, Any]) -> None:
    recipe = Recipe.model_validate(fields)
    again = Recipe.from_toml(recipe.to_toml())
    assert again == recipe
    assert again.to_toml() == recipe.to_toml()
    for name, value in fields["data"].get("options", {}).items():
        assert type(again.data.options[name]) is type(value)


# What is refused


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("mnist-fas", "there is no recipe 'mnist-fas'; did you mean 'mnist-fast'"),
        (
            "zzzzz",
            "there is no recipe 'zzzzz'. Recipes that ship: cifar10-cnn, .*digits, digits-auto.* path of a .toml",
        ),
        ("absent.toml", "recipe 'absent.toml' cannot be read: No such file"),
        ("some/where", "recipe 'some/where' cannot be read: No such file"),
    ],
)
def test_an_unknown_recipe_is_named_and_the_nearest_are_offered(name: str, complaint: str) -> None:
    with pytest.raises(RecipeError, match=complaint):
        Recipe.named(name)


def test_a_folder_and_a_binary_file_are_no_recipes(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "binary.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(RecipeError, match=r"folder.toml' cannot be read: Is a directory"):
        Recipe.named("folder.toml")
    with pytest.raises(RecipeError, match=r"binary.toml' is not UTF-8 text \(byte 8\); save it as UTF-8"):
        Recipe.named("binary.toml")


def test_toml_syntax_is_reported_with_its_line(tiny_toml: str) -> None:
    broken = tiny_toml.replace("seed", "").replace('kind = "momentum"', "kind = momentum")
    line = broken.splitlines().index("kind = momentum") + 1
    with pytest.raises(RecipeError, match=rf"recipe 'mine.toml' is not valid TOML: .*line {line}\b"):
        Recipe.from_toml(broken, "mine.toml")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # Unknown fields: nearest, or all that are allowed.
        ("epochs", "epoch", "training.epoch is not a field of a recipe; did you mean 'epochs'?"),
        ("[training]", "[trainings]", "trainings is not a field of a recipe; did you mean 'training'?"),
        (
            "learning_rate",
            "zzz",
            "optimizer.zzz is not a field of a recipe; allowed are kind, learning_rate, momentum",
        ),
        (
            "units = 5",
            "nodes = 5",
            "network.layers[0].nodes is not a field of a recipe; allowed are activation",
        ),
        (
            "units = 5",
            'initial_weights = { kind = "he-normal", zzz = 1 }',
            "network.layers[0].initial_weights.zzz is not a field of a recipe; allowed are kind",
        ),
        (
            'after = "standard"',
            'reduction = { kind = "none", n = 3 }',
            "preparation.reduction.n is not a field",
        ),
        # Missing fields.
        ('name = "tiny"', "", "name is missing; add it"),
        ('[loss]\nkind = "cross-entropy"', "", 'loss is missing; add it, such as [loss] with kind = "cross-'),
        ("learning_rate = 0.05", "", "optimizer.learning_rate is missing; add it"),
        ('dataset = "blobs"', "", "data.dataset is missing; add it"),
        # Wrong types and bounds.
        ("units = 5", "units = -3", "network.layers[0].units is -3; expected a whole number of at least 1"),
        ("units = 5", "units = 5.5", "network.layers[0].units is 5.5; expected a whole number"),
        ("units = 5", "units = true", "network.layers[0].units is True; expected a whole number"),
        ("epochs = 4", "epochs = '4'", "training.epochs is '4'; expected a whole number"),
        (
            "learning_rate = 0.05",
            "learning_rate = 0",
            "optimizer.learning_rate is 0; expected a number of more than 0",
        ),
        ("learning_rate = 0.05", "learning_rate = nan", "optimizer.learning_rate is nan; expected a"),
        (
            "learning_rate = 0.05",
            "learning_rate = inf",
            "optimizer.learning_rate is inf; expected a finite number",
        ),
        ("learning_rate = 0.05", "learning_rate = '1'", "optimizer.learning_rate is '1'; expected a number"),
        ("epochs = 4", "shuffle = 1", "training.shuffle is 1; expected true or false"),
        ("epochs = 4", "clip_norm = -1.0", "training.clip_norm is -1.0; expected a number of more than 0"),
        ('name = "tiny"', "name = 3", "name is 3; expected text in quotes"),
        ('name = "tiny"', 'name = "a b"', "name is 'a b'; expected letters, digits, '.', '-' and '_'"),
        ('name = "tiny"', 'name = "tiny"\nseed = -1', "seed is -1; expected a whole number of at least 0"),
        ('name = "tiny"', 'name = "tiny"\nschedule = 3', "schedule is 3; expected a table"),
        ("layers = [", "layers = [] # [", "network.layers"),
        # Unions.
        (
            "batch_size = 16",
            "batch_size = 'al'",
            "training.batch_size is 'al'; expected a whole number or one of 'all'",
        ),
        (
            "batch_size = 16",
            "batch_size = 0",
            "training.batch_size is 0; expected a whole number of at least 1 or one of 'all'",
        ),
        (
            'kind = "momentum"',
            'kind = "adamm"',
            "optimizer.kind is 'adamm'; expected one of 'gd', 'sgd', 'momentum', ",
        ),
        (
            'kind = "momentum"',
            "",
            "optimizer is {'learning_rate': 0.05}; expected a table with 'kind', such as kind =",
        ),
        (
            'kind = "cross-entropy"',
            'kind = "hinge"',
            "loss.kind is 'hinge'; expected one of 'log-loss', 'cross-entropy', 'normalised-cross-entropy', 'mse'",
        ),
        (
            'activation = "tanh"',
            'activation = "tan"',
            "network.layers[0].activation is 'tan'; expected one of 'identity', 'sigmoid'",
        ),
        (
            'after = "standard"',
            'after = "std"',
            "preparation.after is 'std'; expected one of 'none', 'bytes', 'standard'",
        ),
        (
            "samples = 120",
            "samples = [1]",
            "data.options.samples is [1]; expected true or false or a whole number or a number or text in quotes",
        ),
        # One part against another.
        ('kind = "cross-entropy"', 'kind = "log-loss"', None),
        (
            '{ activation = "softmax" }',
            '{ activation = "relu" }',
            "loss.kind 'cross-entropy' needs softmax outputs",
        ),
        (
            'kind = "momentum"',
            'kind = "gd"',
            "optimizer.kind 'gd' uses the whole training set in every step: set training.batch_size = \"all\"",
        ),
        (
            '{ units = 5, activation = "tanh" }',
            '{ activation = "tanh" }',
            "network.layers[0].units is missing; only the last of network.layers may leave it out",
        ),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(
    tiny_toml: str, old: str, new: str, complaint: str | None
) -> None:
    assert tiny_toml.count(old) == 1
    text = tiny_toml.replace(old, new)
    if complaint is None:
        Recipe.from_toml(text)
        return
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(text, "mine.toml")
    assert f"recipe 'mine.toml': {complaint}" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"loss.kind": "log-loss", "network.layers[1].activation": "relu"},
            "loss.kind 'log-loss' needs outputs between 0 and 1",
        ),
        (
            {"optimizer.kind": "adagrad", "schedule.kind": "one-cycle", "schedule.momentum": [0.8, 0.9]},
            "schedule.momentum cycles the momentum, which optimizer.kind 'adagrad' does not have",
        ),
        ({"stop.part": "validation"}, "stop.part is 'validation', but data.validation_fraction is 0"),
        (
            {"schedule.kind": "piecewise-linear", "schedule.points": [[3, 1.0], [1, 0.5]]},
            "schedule: points must have increasing epochs, not [3.0, 1.0]",
        ),
        (
            {"schedule.kind": "one-cycle", "schedule.momentum": [0.9]},
            "schedule.momentum[1] is missing; add it",
        ),
        (
            {"schedule.kind": "one-cycle", "schedule.momentum": [0.9, 1.5]},
            "schedule.momentum[1] is 1.5; expected a number of less than 1",
        ),
        ({"schedule.kind": "inverse-time"}, "schedule.decay is missing; add it"),
        ({"data.task": "reconstruction"}, "not 'cross-entropy'"),
        (
            {"weight_decay_schedule.kind": "cosine"},
            "weight_decay_schedule changes optimizer.weight_decay, which optimizer.kind 'momentum' does not have",
        ),
        (
            {
                "optimizer.kind": "adamw",
                "weight_decay_schedule": {"kind": "one-cycle", "momentum": [0.8, 0.9]},
            },
            "weight_decay_schedule.momentum is set, but weight decay has none",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    tiny_recipe: Recipe, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        tiny_recipe.with_changes(changes)
    assert complaint in str(caught.value)


def test_rate_momentum_and_weight_decay_come_from_their_schedules(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes(
        {
            "optimizer": {"kind": "adamw", "learning_rate": 0.4, "weight_decay": 0.2},
            "schedule": {"kind": "one-cycle", "momentum": [0.8, 0.9]},
            "weight_decay_schedule": {"kind": "cosine"},
        }
    )
    steps = Steps(first=3, count=4, per_epoch=5, total=20)
    values, alone = recipe.schedule_values(steps), recipe.schedule.values(0.4, steps)
    np.testing.assert_array_equal(values.learning_rate, alone.learning_rate)
    np.testing.assert_array_equal(values.momentum, alone.momentum)
    assert values.weight_decay is not None
    np.testing.assert_allclose(values.weight_decay, 0.1 * (1 + np.cos(np.pi * np.arange(3, 7) / 20)))
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert recipe.with_changes({"weight_decay_schedule": None}).schedule_values(steps).weight_decay is None


def test_another_kind_of_schedule_takes_no_warm_up_over_that_means_something_else(
    tiny_recipe: Recipe,
) -> None:
    cycle = tiny_recipe.with_changes({"schedule": {"kind": "one-cycle", "warm_up": 0.4}})
    assert cycle.with_changes({"schedule.kind": "cosine"}).schedule == Cosine()
    warm = tiny_recipe.with_changes(
        {"schedule": {"kind": "step", "every": 1, "factor": 0.5, "linear_warm_up": 0.1}}
    )
    assert warm.with_changes({"schedule.kind": "cosine"}).schedule == Cosine(linear_warm_up=0.1)
    assert warm.with_changes({"schedule.kind": "one-cycle"}).schedule == OneCycle()


def test_all_findings_are_told_at_once(tiny_toml: str) -> None:
    text = tiny_toml.replace("units = 5", "units = 0").replace("epochs = 4", "epochs = 0")
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(text)
    assert len(str(caught.value).splitlines()) == 2


def test_an_interval_must_have_its_ends_in_order(tiny_recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match=r"low is 0\.5 and high is -0\.5; expected low < high"):
        tiny_recipe.with_changes({"network.initial_weights": {"kind": "uniform", "low": 0.5, "high": -0.5}})


def test_an_empty_value_unsets_a_field() -> None:
    recipe = Recipe.named("mnist-fast")
    assert recipe.stop.target == 0.978
    path, value = parse_assignment("stop.target=")
    assert recipe.with_changes({path: value}).stop.target is None


@pytest.mark.parametrize(
    ("spec", "compiled", "arrays"),
    [
        ("native", False, "auto"),
        ("native:compiled", True, "auto"),
        ("native:torch", False, "torch"),
        ("torch", False, None),
        ("torch:compiled", True, None),
    ],
)
@pytest.mark.parametrize("own", [{"engine.compiled": True}, {"engine.arrays": "torch"}])
def test_an_engine_in_short_says_all_that_its_name_says(
    spec: str, compiled: bool, arrays: str | None, own: dict[str, Any]
) -> None:
    engine = Recipe.named("moons").with_changes(own).with_changes(engine_changes(spec)).engine
    found = engine.model_dump()
    assert (found["name"], found["compiled"], found.get("arrays")) == (
        spec.partition(":")[0],
        compiled,
        arrays,
    )


def test_the_recipe_in_the_pages_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
    (text,) = [
        block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if block.startswith("name")
    ]
    recipe = Recipe.from_toml(text)
    shapes = infer(recipe.network.nodes, (64, 64, 3), 2)
    assert shapes[-2:] == ((64,), (2,))


def test_the_rule_for_lambda2_of_fewer_inputs() -> None:
    study, blog = Recipe.named("mnist-clusters-study"), Recipe.named("mnist-blog-600")
    reduction = study.preparation.reduction
    assert isinstance(reduction, Clusters)
    assert study.regularisation.l2 == l2_for_inputs(blog.regularisation.l2, reduction.n_clusters, 784)
    assert study.network == blog.network
    assert (study.optimizer, study.schedule, study.training) == (blog.optimizer, blog.schedule, blog.training)
