"""Gradients of the torch engine recorded as CUDA graphs, or compiled; and what only a GPU can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from tests.engines.test_native_torch import FakeCuda, Tape
from tests.engines.torch_images import (
    CHANGED,
    CONV,
    LAYERS,
    NOISY,
    RELU,
    Begin,
    epoch,
    low,
    make_data,
    reconstruction,
    starter,
)
from torch.utils._pytree import tree_leaves

from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.torch import samples
from wattlab.engines.torch.recording import Recorded
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.recipe import Recipe


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with limit_torch_threads(1):
        yield


@pytest.fixture
def begin(recipe: Callable[..., Recipe]) -> Begin:
    return starter(recipe)


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
