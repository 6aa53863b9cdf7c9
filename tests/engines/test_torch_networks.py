"""What the contract of networks cannot see of the torch engine: layouts, formats, streaming, recording, compiling."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from tests.engines.test_native_torch import FakeCuda, Tape
from torch.utils._pytree import tree_leaves

from wattlab.data.augmentation import augmented, draw
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.torch import evaluation, samples
from wattlab.engines.torch.augmentation import Augmenter
from wattlab.engines.torch.engine import TorchEngine
from wattlab.engines.torch.evaluation import Spread, block_rows
from wattlab.engines.torch.layers import BatchNormalisation
from wattlab.engines.torch.recording import Recorded
from wattlab.engines.torch.samples import Resident, has_room
from wattlab.engines.torch.streaming import moved
from wattlab.engines.torch.trainer import TorchTrainer
from wattlab.errors import RecipeError, UnsupportedError
from wattlab.recipe.augmentation import Augmentation
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wattlab.recipe import Recipe

CPU = torch.device("cpu")
IMAGE = (9, 8, 3)
RELU = {"kind": "activation", "activation": "relu"}
CONV = {"kind": "conv2d", "filters": 8, "kernel": 3, "padding": "same"}
LAYERS: list[dict[str, Any]] = [
    {**CONV, "stride": 2, "activation": "relu"},
    {"kind": "batch-norm"},
    {"kind": "max-pool", "size": 3, "stride": 2, "padding": "same"},
    {"kind": "residual", "layers": [{"kind": "batch-norm"}, RELU, CONV], "activation": "relu"},
    {"kind": "conv2d-transpose", "filters": 8, "kernel": 3, "stride": 2, "padding": "same"},
    {"kind": "average-pool", "size": 2, "padding": "same"},
    {"kind": "global-average-pool"},
    {"activation": "softmax"},
]
NOISY: list[dict[str, Any]] = [*LAYERS[:-1], {"kind": "dropout", "rate": 0.5}, LAYERS[-1]]
SAME: list[dict[str, Any]] = [{**CONV, "filters": 3, "activation": "sigmoid"}]
Begin = Any


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with limit_torch_threads(1):
        yield


def make_data(n_samples: int = 20, features: Any = None, *, reconstructs: bool = False) -> Prepared:
    rng, n_features = np.random.default_rng(0), int(np.prod(IMAGE))
    if features is None:
        features = rng.integers(0, 256, (n_samples, n_features), np.uint8)
    part = PreparedPart(features, np.random.default_rng(1).integers(0, 3, len(features)))
    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    scale = 1 / 255 if features.dtype == np.uint8 else None
    n_outputs, classes = (n_features, None) if reconstructs else (3, ("a", "b", "c"))
    return Prepared(part, None, part, transform, scale, n_outputs, classes, IMAGE, reconstructs)


@pytest.fixture
def begin(recipe: Callable[..., Recipe]) -> Begin:
    """Return a function that starts the training of a small network for images."""

    def make(data: Prepared | None = None, **changes: Any) -> TorchTrainer:
        data = data or make_data()
        one = recipe(
            engine__name="torch",
            **{"network__layers": LAYERS, "evaluation__train": "none", **changes},
        )
        weights = initial_weights(one.network, Inputs.of(data), data.n_outputs, one.seed)
        trainer = TorchEngine().start(one, data, weights)
        assert isinstance(trainer, TorchTrainer)
        return trainer

    return make


def reconstruction(**changes: Any) -> dict[str, Any]:
    return {"network__layers": SAME, "loss__kind": "log-loss", "data__task": "reconstruction", **changes}


def epoch(trainer: TorchTrainer, number: int = 0, rate: float = 0.05) -> Any:
    """Train two full batches of 8 and one of 4."""
    order = np.random.default_rng(number).permutation(20)
    return trainer.train(order, StepValues(np.full(3, rate)), epoch=number).cost


def low(precision: str) -> dict[str, Any]:
    return {"engine__precision": precision, "engine__emulated": True}


# ---- layout and number formats


@pytest.mark.parametrize("kind", ["adam", "momentum"])
def test_both_layouts_compute_the_same(begin: Begin, kind: str) -> None:
    trainers = [
        begin(engine__layout=one, optimizer__kind=kind) for one in ("channels-last", "channels-first")
    ]
    last, first = ([epoch(one, number) for number in range(3)] for one in trainers)
    np.testing.assert_allclose(last, first, rtol=1e-10)
    for name, array in trainers[0].weights().items():
        np.testing.assert_allclose(array, trainers[1].weights()[name], rtol=1e-7, atol=1e-10, err_msg=name)
    assert [one.facts()["layout"] for one in trainers] == ["channels-last", "channels-first"]


def watch(trainer: TorchTrainer) -> list[tuple[str, torch.Tensor]]:
    """Return a list that gains what comes out of every module, and what flows back into it."""
    seen: list[tuple[str, torch.Tensor]] = []

    def note(module: Any, _: Any, out: Any) -> None:
        if isinstance(out, torch.Tensor) and out.ndim == 4:
            seen.append((type(module).__name__, out.detach()))
            if out.requires_grad:
                out.register_hook(  # type: ignore[no-untyped-call]
                    lambda gradient: seen.append((f"back to {type(module).__name__}", gradient))
                )

    for module in trainer.network.modules():
        module.register_forward_hook(note)
    return seen


@pytest.mark.parametrize("layout", ["channels-last", "channels-first"])
def test_no_layer_leaves_the_layout(begin: Begin, layout: str) -> None:
    trainer = begin(engine__layout=layout)
    seen = watch(trainer)
    epoch(trainer)
    memory = torch.channels_last if layout == "channels-last" else torch.contiguous_format
    assert len(seen) > 40
    assert {name for name, one in seen if not one.is_contiguous(memory_format=memory)} == set()
    kernels = [one for one in trainer.network.parameters() if one.ndim == 4]
    assert all(one.is_contiguous(memory_format=memory) for one in kernels)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_images_stay_in_the_low_format_and_statistics_do_not(begin: Begin, precision: str) -> None:
    trainer, full = begin(**low(precision)), begin(engine__precision="float32")
    seen = watch(trainer)
    costs, exact = epoch(trainer), epoch(full)
    first = next(index for index, (name, _) in enumerate(seen) if name == "Conv2d")
    inner = [(name, one) for name, one in seen[first:] if one.shape[1] == 8]  # the inputs have 3 channels
    assert {name for name, one in inner if one.dtype != getattr(torch, precision)} == set()
    assert {one.dtype for one in trainer.network.buffers()} == {torch.float32}
    assert trainer.predict(trainer.data.test.features).dtype == np.float32
    assert 0 < np.abs(costs - exact).max() < 0.05


def test_a_state_of_kernels_goes_through_a_file(begin: Begin, tmp_path: Path) -> None:
    """A fused optimizer goes through memory: what it remembers has to lie as the kernels do."""
    straight, resumed = begin(optimizer__kind="adam"), begin(optimizer__kind="adam")
    epoch(straight)
    np.savez(tmp_path / "state.npz", **straight.state())
    with np.load(tmp_path / "state.npz") as file:
        resumed.restore(dict(file))
    for number in (1, 2):
        np.testing.assert_array_equal(epoch(straight, number), epoch(resumed, number))
    for name, array in straight.weights().items():
        np.testing.assert_array_equal(array, resumed.weights()[name])


# ---- batch normalisation


def test_a_batch_of_one_sample_has_no_variance(begin: Begin) -> None:
    layers = [
        {"kind": "flatten"},
        {"units": 4},
        {"kind": "batch-norm", "momentum": 0.5},
        {"activation": "softmax"},
    ]
    trainer = begin(make_data(9), network__layers=layers)
    trainer.train(np.arange(9), StepValues(np.zeros(2)))
    z = trainer.data.train.features / 255 @ trainer.weights()["layers.1.weights"]
    np.testing.assert_allclose(trainer.weights()["layers.2.variance"], 0.25 + 0.25 * z[:8].var(0), rtol=1e-9)
    np.testing.assert_allclose(
        trainer.weights()["layers.2.mean"], 0.25 * z[:8].mean(0) + 0.5 * z[8], rtol=1e-9
    )


@pytest.mark.filterwarnings("ignore:invalid value")
def test_statistics_that_were_lost_are_found_again(begin: Begin) -> None:
    trainer, fresh = begin(), begin()
    state = trainer.state()
    epoch(trainer, rate=1e300)
    assert not np.isfinite(trainer.weights()["layers.1.variance"]).all()
    trainer.restore(state)
    np.testing.assert_array_equal(epoch(trainer), epoch(fresh))
    np.testing.assert_array_equal(
        trainer.weights()["layers.1.variance"], fresh.weights()["layers.1.variance"]
    )


def test_phases_and_warm_ups_leave_no_trace(begin: Begin) -> None:
    warm, cold = begin(network__layers=NOISY), begin(network__layers=NOISY)
    warm.warm_up()
    for name, array in cold.state().items():
        np.testing.assert_array_equal(warm.state()[name], array, err_msg=name)
    np.testing.assert_array_equal(epoch(warm), epoch(cold))


# ---- noise


def test_the_global_generator_is_not_disturbed(begin: Begin) -> None:
    trainer = begin(network__layers=NOISY)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    epoch(trainer)
    trainer.warm_up()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    other = begin(network__layers=NOISY)
    np.testing.assert_array_equal(epoch(trainer, 1, rate=0.0)[:1], epoch(trainer, 1, rate=0.0)[:1])
    assert epoch(other, 0)[0] != epoch(begin(network__layers=LAYERS), 0)[0]


# ---- augmentation


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    "spec",
    [
        Augmentation(flip=True),
        Augmentation(shift=3),
        Augmentation(cutout=4),
        Augmentation(flip=True, shift=7, cutout=3),
    ],
)
def test_images_are_changed_as_the_reference_does(spec: Augmentation, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(1, 256, (40, *IMAGE)).astype(dtype) - (0 if dtype == np.uint8 else 128)
    augmenter, rows = Augmenter(spec, IMAGE, 5, 40, CPU), rng.permutation(40)[:16]
    for number in (2, 3):
        augmenter.begin(number)
        found = augmenter(torch.from_numpy(images[rows].reshape(16, -1)), torch.from_numpy(rows))
        expected = augmented(spec, images[rows], draw(spec, IMAGE, 5, number, 40)[rows])
        np.testing.assert_array_equal(found.numpy().reshape(16, *IMAGE), expected)
        assert not np.array_equal(expected, images[rows])


CHANGED = {"augmentation__flip": True, "augmentation__shift": 2, "augmentation__cutout": 3}


def test_training_sees_changed_images_and_evaluation_does_not(begin: Begin) -> None:
    plain, changed = begin(), begin(**CHANGED)
    assert changed.evaluate(changed.data.test) == plain.evaluate(plain.data.test)
    spec, images = changed.recipe.augmentation, changed.data.train.features.reshape(20, *IMAGE)
    expected = augmented(spec, images, draw(spec, IMAGE, changed.recipe.seed, 4, 20)).reshape(20, -1)
    by_hand = begin(make_data(features=expected))
    np.testing.assert_array_equal(epoch(changed, 4), epoch(by_hand, 4))


def test_what_is_reconstructed_is_the_changed_image(begin: Begin) -> None:
    changed = begin(make_data(reconstructs=True), **reconstruction(**CHANGED))
    spec, images = changed.recipe.augmentation, changed.data.train.features.reshape(20, *IMAGE)
    expected = augmented(spec, images, draw(spec, IMAGE, changed.recipe.seed, 1, 20)).reshape(20, -1)
    by_hand = begin(make_data(features=expected, reconstructs=True), **reconstruction())
    rows, values = np.arange(20), StepValues(np.full(3, 0.05))
    found, wanted = (one.train(rows, values, epoch=1) for one in (changed, by_hand))
    np.testing.assert_array_equal(found.cost, wanted.cost)
    np.testing.assert_array_equal(found.mean_abs_error, wanted.mean_abs_error)


def test_augmentation_that_does_not_fit_is_refused(begin: Begin) -> None:
    with pytest.raises(RecipeError, match=r"augmentation\.shift is 8 pixels, but the images are 9 × 8"):
        begin(augmentation__shift=8)


# ---- data that are larger than memory


def test_rows_are_gathered_ahead_in_their_order() -> None:
    features, rng = torch.arange(300.0).view(100, 3), np.random.default_rng(0)
    rows = torch.from_numpy(rng.permutation(100))
    selections = [rows[start : start + 7] for start in range(0, 100, 7)]
    found = list(moved(features, selections, CPU))
    assert all(torch.equal(one, features[taken]) for one, taken in zip(found, selections, strict=True))
    blocks = list(moved(features, [slice(0, 64), slice(64, 100)], CPU))
    assert torch.equal(torch.cat(blocks), features)
    assert list(moved(features, [], CPU)) == []


def test_what_goes_wrong_while_gathering_is_raised_where_rows_are_waited_for() -> None:
    stream = moved(torch.zeros(10, 3), [torch.arange(4), torch.tensor([99])], CPU)
    assert next(stream).shape == (4, 3)
    with pytest.raises(IndexError, match="out of range"):
        next(stream)


def test_a_stream_that_is_given_up_leaves_no_thread() -> None:
    stream = moved(torch.zeros(100, 3), [torch.arange(4)] * 50, CPU)
    next(stream)
    assert any(one.name == "wattlab-gather" for one in threading.enumerate())
    stream.close()
    assert not any(one.name == "wattlab-gather" for one in threading.enumerate())


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize("changes", [{}, CHANGED])
def test_streamed_training_is_the_resident_one_bit_for_bit(
    begin: Begin, changes: dict[str, Any], dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data()
    if dtype == np.float64:
        data = make_data(features=data.train.features / 255)
    resident = begin(data, **changes)
    costs, score = epoch(resident, 1), resident.evaluate(data.test)
    outputs = resident.predict(data.test.features)
    assert resident.facts()["n_streamed"] == 0
    monkeypatch.setattr(Resident, "is_apart", lambda self, features: True)
    monkeypatch.setattr(evaluation, "BLOCK_BYTES", 40_000)
    streamed = begin(data, **changes)
    assert streamed.facts()["n_streamed"] == 20
    np.testing.assert_array_equal(epoch(streamed, 1), costs)
    np.testing.assert_allclose(streamed.predict(data.test.features), outputs, rtol=1e-12)
    assert streamed.evaluate(data.test).loss == pytest.approx(score.loss, rel=1e-12)
    streamed.warm_up()


def test_a_memory_map_is_not_copied(begin: Begin, tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "images", np.uint8, "w+", shape=(20, int(np.prod(IMAGE))))
    mapped[:] = make_data().train.features
    mapped.flush()
    mapped = np.memmap(tmp_path / "images", np.uint8, "r", shape=mapped.shape)
    trainer = begin(make_data(features=mapped))
    assert trainer.samples.features.data_ptr() == mapped.ctypes.data
    np.testing.assert_array_equal(epoch(trainer), epoch(begin()))


def test_half_of_a_card_s_free_memory_is_the_data_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 5000))
    card = torch.device("cuda:0")
    assert [has_room(card, n_bytes) for n_bytes in (500, 501)] == [True, False]
    assert has_room(CPU, 10**15)


def test_blocks_follow_the_largest_layer(begin: Begin) -> None:
    trainer = begin()
    # Into the first layer go 9 · 8 pixels of 3 channels, and 5 · 4 of 8 come out; all others have less.
    assert block_rows(trainer.architecture, 8) == 8192
    assert block_rows(trainer.architecture, 8 * 2**10) == 2**28 // (8 * 2**10 * (9 * 8 * 3 + 5 * 4 * 8))
    assert block_rows(trainer.architecture, 2**30) == 1


def test_a_spread_by_blocks_is_that_of_the_whole() -> None:
    numbers = np.random.default_rng(0).normal(1000, 1, (50, 4))
    spread = Spread()
    for start in range(0, 50, 7):
        spread.add(torch.from_numpy(numbers[start : start + 7]))
    assert spread.total() == pytest.approx(((numbers - numbers.mean(0)) ** 2).sum(), rel=1e-10)


# ---- recorded and compiled


class GradientTape(Tape):  # type: ignore[no-untyped-call]
    """A tape that leaves alone what is only another view of something."""

    def replay(self) -> None:
        with torch.no_grad():
            for func, args, kwargs, result in self.calls:
                for old, new in zip(tree_leaves(result), tree_leaves(func(*args, **kwargs)), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)


class TapeCuda(FakeCuda):
    CUDAGraph = GradientTape


@pytest.mark.parametrize("changes", [{}, reconstruction(), low("bfloat16"), low("float16")])
def test_a_recorded_gradient_is_the_gradient(
    begin: Begin, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data(reconstructs="data__task" in changes)
    eager, replayed = begin(data, **changes), begin(data, **changes)
    monkeypatch.setattr(
        "wattlab.engines.torch.gradient.Recorded",
        lambda model, batch, scale: Recorded(model, batch, scale, TapeCuda()),
    )
    gradient = replayed.gradient
    gradient._graphed, gradient._find = 8, gradient._by_graph
    for number in range(2):
        np.testing.assert_allclose(epoch(replayed, number), epoch(eager, number), rtol=1e-6)
    for name, array in eager.weights().items():
        np.testing.assert_allclose(replayed.weights()[name], array, rtol=1e-5, atol=1e-6, err_msg=name)


def test_recording_draws_nothing_that_is_missed(begin: Begin) -> None:
    trainer = begin(network__layers=NOISY)
    batch = trainer.feed(torch.arange(8))
    before = torch.get_rng_state()
    Recorded(trainer.gradient._model, batch, None, TapeCuda())
    assert torch.equal(torch.get_rng_state(), before)


COMPILED: list[dict[str, Any]] = [
    CONV,
    {"kind": "batch-norm"},
    RELU,
    {"kind": "flatten"},
    {"activation": "softmax"},
]


@pytest.mark.slow
def test_a_compiled_network_is_the_eager_one(begin: Begin) -> None:
    changes = {"network__layers": COMPILED, "training__batch_size": 20}
    eager, trainer = begin(**changes), begin(engine__compiled=True, **changes)
    trainer.warm_up()
    rows, values = np.arange(20), StepValues(np.full(1, 0.05))
    with torch.compiler.set_stance("fail_on_recompile"):
        for number in range(2):
            found, expected = (one.train(rows, values, epoch=number).cost for one in (trainer, eager))
            np.testing.assert_allclose(found, expected, rtol=1e-9)
        score = trainer.evaluate(trainer.data.test)
    assert score.loss == pytest.approx(eager.evaluate(eager.data.test).loss, rel=1e-9)
    for name, array in eager.weights().items():
        np.testing.assert_allclose(trainer.weights()[name], array, rtol=1e-8, atol=1e-10, err_msg=name)


@pytest.mark.slow
def test_compiled_noise_belongs_to_seed_and_epoch_too(begin: Begin) -> None:
    layers = [{"kind": "flatten"}, {"kind": "dropout", "rate": 0.5}, {"activation": "softmax"}]
    trainer = begin(network__layers=layers, engine__compiled=True, training__batch_size=20)
    rows, still = np.arange(20), StepValues(np.zeros(1))
    costs = [trainer.train(rows, still, epoch=number).cost[0] for number in (0, 1, 0)]
    assert costs[0] == costs[2] != costs[1]


# ---- on a GPU


GPU: dict[str, Any] = {"engine__device": "cuda", "engine__precision": "float32"}
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")


@needs_gpu
@pytest.mark.parametrize("layers", [LAYERS, NOISY])
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_graph_on_a_gpu_is_the_eager_pass(
    begin: Begin, precision: str, layers: list[dict[str, Any]]
) -> None:
    changes = {**GPU, "network__layers": layers, "engine__precision": precision, "optimizer__kind": "adam"}
    eager, replayed = begin(**changes), begin(engine__cuda_graphs=True, **changes)
    replayed.warm_up()
    for number in range(3):
        np.testing.assert_allclose(epoch(replayed, number, 1e-3), epoch(eager, number, 1e-3), rtol=2e-2)
    assert replayed.facts()["cuda_graphs"] is True


@needs_gpu
@pytest.mark.parametrize("changes", [{}, CHANGED])
@pytest.mark.parametrize("graphs", [False, True])
def test_streamed_batches_are_those_on_the_gpu(
    begin: Begin, changes: dict[str, Any], graphs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data(500)
    resident = begin(data, **GPU, **changes)
    monkeypatch.setattr(samples, "LARGEST_SHARE", 0.0)
    streamed = begin(data, **GPU, **changes, engine__cuda_graphs=graphs)
    assert streamed.facts()["n_streamed"] == 500
    order = np.random.default_rng(0).permutation(500)
    bounds = [(start, min(start + 8, 500)) for start in range(0, 500, 8)]
    with resident.feed.epoch(order, bounds, 1) as rows, streamed.feed.epoch(order, bounds, 1):
        batches = [
            [one.feed(rows[start:stop]).features for start, stop in bounds] for one in (resident, streamed)
        ]
    assert all(torch.equal(*pair) for pair in zip(*batches, strict=True))
    values = StepValues(np.full(len(bounds), 1e-3))
    found, expected = (one.train(order, values, epoch=1).cost for one in (streamed, resident))
    np.testing.assert_allclose(found, expected, rtol=1e-2)
    assert streamed.evaluate(data.test).loss == pytest.approx(resident.evaluate(data.test).loss, rel=1e-2)


# ---- what is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"engine__cuda_graphs": True}, r"engine\.cuda_graphs is true, but a processor has none"),
        (
            {"engine__layout": "channels-first", "network__layers": [{"activation": "softmax"}]},
            r"engine\.layout is 'channels-first', but none of network\.layers takes images",
        ),
    ],
)
def test_options_of_no_use_are_refused(begin: Begin, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        begin(**changes)


def test_what_is_compiled_is_not_recorded(recipe: Callable[..., Recipe]) -> None:
    from wattlab.engines.torch.choice import check_graphs

    chosen = recipe(
        engine__name="torch", engine__device="cuda", engine__cuda_graphs=True, engine__compiled=True
    )
    assert chosen.engine.name == "torch"
    with pytest.raises(UnsupportedError, match="both true"):
        check_graphs(chosen.engine)


def test_the_native_engine_s_default_is_no_choice_for_torch(recipe: Callable[..., Recipe]) -> None:
    native = recipe()
    assert native.engine.cuda_graphs is True  # type: ignore[union-attr]
    assert native.with_changes({"engine.name": "torch"}).engine.cuda_graphs is False  # type: ignore[union-attr]


def test_layers_of_batch_normalisation_keep_what_they_hand_on_apart() -> None:
    layer = BatchNormalisation(3, 0.9, 1e-3, torch.float64, CPU)
    assert set(layer.state_dict()) == {"weight", "bias", "mean", "variance"}
