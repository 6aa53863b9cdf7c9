"""What the contract's suite cannot see of the torch engine: low number formats, loss scaling, waiting, threads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from wattlab.engines import devices
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.torch import compilation, journal
from wattlab.engines.torch.building import ACTIVATIONS, BUILDERS
from wattlab.engines.torch.descent import make_scaler
from wattlab.engines.torch.engine import TorchEngine
from wattlab.engines.torch.optimizers import SLOTS
from wattlab.engines.torch.precision import Arithmetic
from wattlab.engines.torch.trainer import TorchTrainer
from wattlab.errors import MissingExtraError, UnsupportedError, WeightsError
from wattlab.recipe.layers import Activation, SimpleLayer
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import BatchLog
    from wattlab.recipe import Recipe

Make = Any


@pytest.fixture
def begin(recipe: Callable[..., Recipe], data: Callable[..., Prepared]) -> Callable[..., TorchTrainer]:
    """Return a function that starts a small training by torch."""

    def make(samples: Prepared | None = None, **changes: Any) -> TorchTrainer:
        one = recipe(engine__name="torch", **changes)
        samples = samples or data()
        inputs = Inputs(samples.train.features.shape[1])
        weights = initial_weights(one.network, inputs, samples.n_outputs, one.seed)
        trainer = TorchEngine().start(one, samples, weights)
        assert isinstance(trainer, TorchTrainer)
        return trainer

    return make


def low(precision: str, **changes: Any) -> dict[str, Any]:
    return {"engine__precision": precision, "engine__emulated": True, **changes}


def scale(start: float) -> torch.amp.GradScaler:
    return make_scaler(start, torch.device("cpu"))


def epoch(trainer: TorchTrainer, rate: float = 0.1, n_batches: int = 3) -> BatchLog:
    return trainer.train(np.arange(8 * n_batches), StepValues(np.full(n_batches, rate)))


# ---- number formats


@pytest.mark.parametrize(("precision", "coarse"), [("bfloat16", 2e-2), ("float16", 2e-3)])
def test_products_are_coarse_but_what_is_kept_is_float32(begin: Make, precision: str, coarse: float) -> None:
    full, trainer = begin(engine__precision="float32"), begin(**low(precision))
    features = trainer.data.train.features
    exact, found = full.predict(features), trainer.predict(features)
    assert found.dtype == np.float32
    assert 0 < np.abs(found - exact).max() < coarse
    assert {array.dtype for array in trainer.weights().values()} == {np.dtype(np.float32)}
    costs = epoch(trainer).cost, epoch(full).cost
    assert 0 < np.abs(costs[0] - costs[1]).max() < coarse
    assert trainer.facts()["precision"] == precision


def test_small_updates_are_not_lost(begin: Make) -> None:
    """Master weights: a step of 1e-6 would vanish in weights of 16 bits."""
    trainer = begin(**low("bfloat16"))
    before = trainer.weights()["layers.0.weights"]
    epoch(trainer, rate=1e-5)
    assert (trainer.weights()["layers.0.weights"] != before).mean() > 0.9


def test_only_float16_scales_the_loss(begin: Make) -> None:
    assert begin(**low("float16")).facts()["loss_scale"] == 65536.0
    assert begin(**low("float16", engine__loss_scale=128.0)).facts()["loss_scale"] == 128.0
    assert begin(**low("bfloat16")).facts()["loss_scale"] is None


def test_steps_that_overflow_are_left_out_counted_and_the_scale_halved(begin: Make) -> None:
    trainer = begin(**low("float16", loss__reduction="sum"))
    trainer.descent.scaler = scale(2.0**40)
    before = trainer.weights()
    log = epoch(trainer)
    assert log.n_skipped == 3
    assert np.isfinite(log.cost).all()
    assert trainer.facts()["loss_scale"] == 2.0**37
    for name, array in trainer.weights().items():
        np.testing.assert_array_equal(array, before[name])
    while epoch(trainer).n_skipped:
        pass
    assert trainer.facts()["loss_scale"] >= 2.0**10
    assert (trainer.weights()["layers.0.weights"] != before["layers.0.weights"]).any()


def test_a_fixed_scale_stays_where_it_is(begin: Make) -> None:
    trainer = begin(**low("float16", engine__loss_scale=1e12))
    assert [epoch(trainer).n_skipped for _ in range(2)] == [3, 3]
    assert trainer.facts()["loss_scale"] == pytest.approx(1e12)
    small = begin(**low("float16", engine__loss_scale=64.0))
    assert epoch(small).n_skipped == 0
    assert small.facts()["loss_scale"] == 64.0


@pytest.mark.parametrize("kind", ["adam", "momentum", "rmsprop"])
def test_the_scale_is_part_of_the_state(begin: Make, kind: str) -> None:
    changes = low("float16", optimizer__kind=kind, loss__reduction="sum")
    straight, resumed = begin(**changes), begin(**changes)
    straight.descent.scaler = scale(2.0**22)
    epoch(straight)
    state = straight.state()
    resumed.restore(state)
    assert resumed.facts()["loss_scale"] == straight.facts()["loss_scale"]
    for _ in range(3):
        one, other = epoch(straight), epoch(resumed)
        np.testing.assert_array_equal(one.cost, other.cost)
        assert one.n_skipped == other.n_skipped
    for name, array in straight.weights().items():
        np.testing.assert_array_equal(array, resumed.weights()[name])


def test_skipped_steps_do_not_count_in_the_bias_correction(begin: Make) -> None:
    adam = {"optimizer__kind": "adam", "optimizer__epsilon_uncorrected": True}
    skipping, plain = begin(**low("float16", **adam)), begin(**low("float16", **adam))
    skipping.descent.scaler = scale(2.0**40)
    assert epoch(skipping).n_skipped == 3
    skipping.descent.scaler = scale(2.0**16)
    np.testing.assert_array_equal(epoch(skipping).cost, epoch(plain).cost)
    assert skipping.descent.steps == plain.descent.steps == 3


@pytest.mark.parametrize("precision", ["float32", "tf32"])
def test_tf32_holds_inside_the_block_only(precision: Any) -> None:
    def settings() -> tuple[str, bool]:
        return torch.get_float32_matmul_precision(), bool(torch.backends.cudnn.allow_tf32)

    before = settings()
    with Arithmetic(precision, torch.device("cuda")).float32_products():
        assert settings() == (("high", True) if precision == "tf32" else ("highest", False))
    assert settings() == before
    torch.set_float32_matmul_precision("medium")
    try:
        with Arithmetic("float32", torch.device("cpu")).float32_products():
            assert settings()[0] == "medium"  # what concerns GPUs only is left as the user has it
    finally:
        torch.set_float32_matmul_precision(before[0])


# ---- waiting for the device


class Calls(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the operations below Python."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.counts[func.name()] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"evaluation__train": "none"},
        {"regularisation__l1": 0.1, "regularisation__l2": 0.1, "training__clip_norm": 0.5},
        {"optimizer__kind": "adam"},
        {"optimizer__kind": "nesterov"},
        {"loss__kind": "mse"},
    ],
)
def test_an_epoch_waits_as_often_however_many_batches_it_has(
    begin: Make, data: Callable[..., Prepared], changes: dict[str, Any]
) -> None:
    waits = []
    for n_batches in (2, 20):
        trainer = begin(data(n_samples=8 * n_batches), engine__precision="float32", **changes)
        with Calls() as calls:
            epoch(trainer, n_batches=n_batches)
        waits.append(calls.counts["aten::_local_scalar_dense"])
        assert calls.counts["aten::index_select"] >= n_batches
    assert waits[0] == waits[1] <= 2


def test_the_order_is_uploaded_once_and_bytes_stay_bytes(begin: Make, data: Callable[..., Prepared]) -> None:
    samples = data(as_bytes=True)
    trainer = begin(samples)
    assert trainer.samples.features.dtype == torch.uint8
    assert trainer.samples.features.data_ptr() == samples.train.features.ctypes.data
    assert trainer.resident.samples(samples.train) is trainer.samples
    assert trainer.resident.samples(samples.test) is trainer.resident.samples(samples.test)


def test_the_log_does_not_depend_on_when_errors_are_found(
    begin: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = epoch(begin())
    monkeypatch.setattr(journal, "PENDING_NUMBERS", 27)
    soon = epoch(begin())
    np.testing.assert_array_equal(late.mean_abs_error, soon.mean_abs_error)
    assert late.n_correct == soon.n_correct


def test_hits_before_the_loss_was_lost_still_count(begin: Make) -> None:
    trainer = begin(regularisation__l2=0.1)
    first = trainer.train(np.arange(8), StepValues(np.array([0.0]))).n_correct
    log = trainer.train(np.arange(24), StepValues(np.array([0.0, 1e300, 1e300])))
    n_good = int(np.isfinite(log.cost).sum())
    assert n_good == 2
    assert first is not None
    assert log.n_correct is not None
    assert first <= log.n_correct <= first + 8
    assert np.isnan([log.cost[n_good:], log.mean_abs_error[n_good:]]).all()


# ---- parts


def test_all_that_a_recipe_can_name_is_in_the_tables() -> None:
    assert set(ACTIVATIONS) == set(get_args(Activation))
    union = get_args(get_args(SimpleLayer)[0])
    kinds = {kind for one in union for kind in get_args(get_args(one)[0].model_fields["kind"].annotation)}
    assert set(BUILDERS) == kinds


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("sgd", torch.optim.SGD), ("adagrad", torch.optim.Adagrad), ("rmsprop", torch.optim.RMSprop),
     ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)],
)  # fmt: skip
def test_torch_s_own_optimizers_are_used(
    begin: Make, kind: str, expected: type[torch.optim.Optimizer]
) -> None:
    optimizer = begin(optimizer__kind=kind).descent.optimizer
    assert type(optimizer) is expected
    assert optimizer.defaults.get("fused") or optimizer.defaults.get("foreach")


@pytest.mark.parametrize(
    "kind", ["sgd", "momentum", "nesterov", "momentum-one-step", "adagrad", "rmsprop", "adam"]
)
def test_what_an_optimizer_remembers_is_what_the_table_says(begin: Make, kind: str) -> None:
    trainer = begin(optimizer__kind=kind)
    epoch(trainer)
    memory = trainer.descent.optimizer.state_dict()["state"]
    for slots in memory.values():
        assert tuple(slots) == SLOTS[type(trainer.descent.optimizer)]
    assert len(memory) in {0, 4}


def test_a_state_of_another_optimizer_is_refused(begin: Make) -> None:
    adam, momentum = begin(optimizer__kind="adam"), begin(optimizer__kind="momentum")
    epoch(adam)
    with pytest.raises(WeightsError, match=r"another network, optimizer, .*precision"):
        momentum.restore(adam.state())
    with pytest.raises(WeightsError, match=r"another network, optimizer, .*precision"):
        begin(**low("float16")).restore(begin(engine__precision="float32").state())


def test_a_state_from_before_the_first_step_empties_the_memory(begin: Make) -> None:
    trainer, fresh = begin(optimizer__kind="adam"), begin(optimizer__kind="adam")
    state = trainer.state()
    expected = epoch(fresh).cost
    epoch(trainer)
    trainer.restore(state)
    np.testing.assert_array_equal(epoch(trainer).cost, expected)


def test_starting_draws_no_random_numbers(begin: Make) -> None:
    before = torch.get_rng_state()
    begin()
    assert torch.equal(torch.get_rng_state(), before)


# ---- threads, and what is missing


def test_threads_are_set_reported_and_restored(begin: Make) -> None:
    trainer, before = begin(), torch.get_num_threads()
    for count in (1, 2):
        with TorchEngine().limit_threads(count):
            assert trainer.facts()["threads"] == count
        assert torch.get_num_threads() == before
    with TorchEngine().limit_threads(None):
        assert torch.get_num_threads() == before
    with pytest.raises(RuntimeError, match="inside"), TorchEngine().limit_threads(1):
        raise RuntimeError("inside")
    assert torch.get_num_threads() == before


def test_without_torch_the_extra_is_named(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"engine.name = 'torch' needs.*wattlab\[torch\]"):
        TorchEngine().check(recipe(engine__name="torch"))


def test_without_a_compiler_nothing_is_compiled(
    recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    one = recipe(engine__name="torch", engine__compiled=True)
    with pytest.raises(
        UnsupportedError, match=r"engine.compiled is true.*'no-such-compiler' is not to be found"
    ):
        TorchEngine().check(one)
    monkeypatch.delenv("CXX")
    monkeypatch.setattr("shutil.which", lambda name: None if name == "g++" else name)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UnsupportedError, match=r"'g\+\+' is not to be found"):
        TorchEngine().check(one)
    TorchEngine().check(recipe(engine__name="torch"))


def test_a_gpu_compiles_by_triton(recipe: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "find_spec", lambda name: None)
    one = recipe(engine__name="torch", engine__compiled=True, engine__device="cuda")
    with pytest.raises(UnsupportedError, match="needs the package 'triton'"):
        compilation.check_compiler(one.engine)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("float16", 1e-3)])
def test_compiled_is_as_eager(begin: Make, precision: str, tolerance: float) -> None:
    changes = low(precision, regularisation__l2=0.01, training__batch_size=10)
    eager, trainer = begin(**changes), begin(engine__compiled=True, **changes)
    trainer.warm_up()
    values = StepValues(np.full(3, 0.1))
    with torch.compiler.set_stance("fail_on_recompile"):  # the warm-up has compiled all that an epoch needs
        log = trainer.train(np.arange(24), values)
        score = trainer.evaluate(trainer.data.test)
    np.testing.assert_allclose(log.cost, eager.train(np.arange(24), values).cost, rtol=tolerance)
    assert score.loss == pytest.approx(eager.evaluate(eager.data.test).loss, rel=tolerance)
    assert trainer.facts()["compiled"] is True
