"""What the contract of networks cannot see of the torch engine: layouts, formats, statistics, noise, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from tests.engines.torch_images import CPU, LAYERS, NOISY, Begin, epoch, low, make_data, starter

from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.torch.engine import TorchEngine
from wattlab.engines.torch.layers import BatchNormalisation, Thinned
from wattlab.errors import UnsupportedError
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wattlab.engines.torch.trainer import TorchTrainer
    from wattlab.recipe import Recipe


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with limit_torch_threads(1):
        yield


@pytest.fixture
def begin(recipe: Callable[..., Recipe]) -> Begin:
    return starter(recipe)


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


def test_a_gradient_that_torch_gets_wrong_is_refused(recipe: Callable[..., Recipe]) -> None:
    narrow = [
        {"kind": "conv2d", "filters": 2, "kernel": [1, 8], "stride": [1, 8]},
        {"kind": "conv2d-transpose", "filters": 1, "kernel": 3},
        {"kind": "flatten"},
        {"activation": "softmax"},
    ]
    data = make_data()
    one = recipe(engine__name="torch", engine__precision="float32", network__layers=narrow)
    weights = initial_weights(one.network, Inputs.of(data), data.n_outputs, 0)
    with pytest.raises(UnsupportedError, match=r"layers\[1\].*set engine.layout = 'channels-first'"):
        TorchEngine().start(one, data, weights)
    TorchEngine().start(one.with_changes({"engine.layout": "channels-first"}), data, weights)
    TorchEngine().start(one.with_changes({"engine.precision": "float64"}), data, weights)


def test_a_strided_kernel_of_one_pixel_reads_every_so_many_pixels_on_a_processor() -> None:
    """torch 2.13 writes beyond its memory in the way back of some strided convolutions with a kernel of one pixel."""
    images = (
        torch.randn(3, 4, 7, 8, dtype=torch.float64).to(memory_format=torch.channels_last).requires_grad_()
    )
    strided, plain = (torch.nn.Conv2d(4, 5, 1, stride, dtype=torch.float64) for stride in ((2, 3), 1))
    plain.load_state_dict(strided.state_dict())
    outputs = strided(images), plain(Thinned((2, 3))(images))
    torch.testing.assert_close(outputs[1], outputs[0], rtol=0, atol=1e-14)
    gradients = [torch.autograd.grad(one.square().sum(), images)[0] for one in outputs]
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0, atol=1e-14)
    assert gradients[1].is_contiguous(memory_format=torch.channels_last)


def test_such_a_shortcut_trains(begin: Begin) -> None:
    shortcut = {"kind": "conv2d", "filters": 16, "kernel": 1, "stride": 2, "padding": "same"}
    branch = {**shortcut, "kernel": 3}
    layers = [{"kind": "residual", "layers": [branch], "shortcut": [shortcut]}, *LAYERS[-2:]]
    trainer = begin(network__layers=layers)
    assert any(isinstance(one, Thinned) for one in trainer.network.modules())
    assert np.isfinite(epoch(trainer, 0)).all()
