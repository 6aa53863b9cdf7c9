"""torch's entries in the table of array operations; importing this imports torch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from wattlab.engines.native.activations import LEAK
from wattlab.engines.native.arrays import Array, Arrays, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ROWS_ON_CPU", "ROWS_ON_GPU", "torch_arrays"]

ROWS_ON_CPU = 16_384
"""Most rows in one pass on the processor; beyond, only memory would grow."""
ROWS_ON_GPU = 131_072
"""As `ROWS_ON_CPU`, on a GPU, which is kept busy by long passes."""

_aten = torch.ops.aten


def torch_arrays(device: torch.device, *, tf32: bool = False) -> Arrays:
    """Return the table for tensors on a device.

    Parameters
    ----------
    device : torch.device
        The processor or a GPU.
    tf32 : bool
        Let float32 products on a GPU round their factors to tf32; else they are true float32, whatever torch's global
        setting says.
    """

    def of_numpy(array: NDArray[np.generic], dtype: str | None = None) -> torch.Tensor:
        return torch.tensor(array, dtype=None if dtype is None else _dtype(dtype), device=device)

    return Arrays(
        one=torch.tensor(1.0, dtype=torch.float64),
        chunk=None,
        block_rows=ROWS_ON_CPU if device.type == "cpu" else ROWS_ON_GPU,
        scope=lambda: _scope(device, tf32=tf32),
        empty=lambda shape, dtype: torch.empty(shape, dtype=_dtype(dtype), device=device),
        zeros=lambda shape, dtype: torch.zeros(shape, dtype=_dtype(dtype), device=device),
        ones=lambda shape, dtype: torch.ones(shape, dtype=_dtype(dtype), device=device),
        zeros_like=torch.zeros_like,
        of_numpy=of_numpy,
        to_numpy=lambda x: x.detach().to("cpu", copy=True).numpy(),
        assign=torch.Tensor.copy_,
        add=torch.add,
        subtract=torch.subtract,
        multiply=torch.multiply,
        divide=torch.divide,
        at_least=torch.clamp_min,
        greater=torch.gt,
        absolute=torch.abs,
        sign=torch.sign,
        sqrt=torch.sqrt,
        exp=torch.exp,
        log=torch.log,
        tanh=torch.tanh,
        matmul=torch.mm,
        affine=lambda x, weights, biases, out: torch.addmm(biases, x, weights, out=out),
        sum_samples=_sum_samples,
        add_multiple=_add_multiple,
        take=lambda source, rows, out: torch.index_select(source, 0, rows, out=out),
        scale_bytes=lambda source, factor, out: out.copy_(source).mul_(factor),
        row_sums=lambda x: x.sum(1, keepdim=True),
        row_maxima=lambda x: x.amax(1, keepdim=True),
        total=lambda x: x.sum(dtype=torch.float64),
        dot=torch.dot,
        hits=lambda outputs, labels: (outputs.argmax(1) == labels).sum(),
        is_finite=lambda x: torch.isfinite(x).all(),
        where=torch.where,
        shorten=lambda vector, longest: vector.mul_(
            (longest / torch.linalg.vector_norm(vector)).clamp_max(1.0)
        ),
        kernels=_KERNELS,
    )


def _dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name)
    assert isinstance(dtype, torch.dtype)
    return dtype


@contextmanager
def _scope(device: torch.device, *, tf32: bool) -> Iterator[None]:
    """Without autograd; on a GPU, on that device and with the products' precision set for the time being."""
    if device.type == "cpu":
        with torch.inference_mode():
            yield
        return
    matmul: Any = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    matmul.fp32_precision = "tf32" if tf32 else "ieee"
    try:
        with torch.inference_mode(), torch.cuda.device(device):
            yield
    finally:
        matmul.fp32_precision = before


def _sum_samples(ones: Array, x: Array, out: Array) -> None:
    """Sums are accumulated in the format of `out`, which no product in a format of two bytes would do."""
    torch.sum(x, 0, dtype=out.dtype, out=out)


def _add_multiple(out: Array, x: Array, factor: Number, scratch: Array) -> None:
    """One pass either way; a factor that lies on the device must not be read, which would wait for it."""
    if isinstance(factor, float):
        out.add_(x, alpha=factor)
    else:
        out.addcmul_(x, factor)


def _sigmoid(xp: Arrays, z: Array, scratch: Array) -> None:
    torch.sigmoid(z, out=z)


def _sigmoid_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    _aten.sigmoid_backward.grad_input(delta, a, grad_input=delta)


def _tanh(xp: Arrays, z: Array, scratch: Array) -> None:
    torch.tanh(z, out=z)


def _tanh_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    _aten.tanh_backward.grad_input(delta, a, grad_input=delta)


def _relu(xp: Arrays, z: Array, scratch: Array) -> None:
    torch.relu_(z)


def _relu_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    _aten.threshold_backward.grad_input(delta, a, 0, grad_input=delta)


def _leaky_relu(xp: Arrays, z: Array, scratch: Array) -> None:
    _aten.leaky_relu.out(z, LEAK, out=z)


def _leaky_relu_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    _aten.leaky_relu_backward.grad_input(delta, a, LEAK, self_is_result=True, grad_input=delta)


def _softmax(xp: Arrays, z: Array, scratch: Array) -> None:
    torch.softmax(z, 1, out=z)


def _softmax_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    _aten._softmax_backward_data.out(delta, a, 1, a.dtype, grad_input=delta)  # noqa: SLF001 (public in ATen only so)


_KERNELS = {
    "sigmoid": (_sigmoid, _sigmoid_backward),
    "tanh": (_tanh, _tanh_backward),
    "relu": (_relu, _relu_backward),
    "leaky-relu": (_leaky_relu, _leaky_relu_backward),
    "softmax": (_softmax, _softmax_backward),
}
