"""The table of array operations on which the native engine's mathematics is written, and NumPy's entries.

Whatever is long writes into arrays that exist already. A `number` is a float, or a 0-d array where the value lies on
the device; so is what a sum returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NUMPY", "Array", "Arrays", "Number", "Operation"]

Array = Any
"""An array of the library that a table stands for."""
Number = Any
"""A float, or an array of shape ()."""
Operation = Callable[..., Any]


@dataclass(frozen=True)
class Arrays:
    """What the mathematics needs of an array library.

    Parameters
    ----------
    one : number
        1 as something that can stand first in ``subtract``.
    chunk : int or None
        Parameters that an optimizer updates at a time, so that they stay in the cache; None: all of them.
    block_rows : int
        Longer batches go through the network in blocks of this many rows.
    scope : callable () -> context manager
        In which all of its operations run.
    empty, zeros, ones : callable (shape, format) -> array
    zeros_like : callable (array) -> array
    of_numpy : callable (ndarray, format or None) -> array
        The values in another format, or as they are; a copy only where one is needed.
    to_numpy : callable (array) -> ndarray
        A copy in the computer's memory.
    assign : callable (out, source)
        Copy, with conversion.
    add, subtract, multiply, divide : callable (x, y, out=)
        The second operand may be a number.
    at_least, greater : callable (x, y, out=)
        The larger of both, and 1 or 0; the second operand may be a number.
    absolute, sign, sqrt, exp, log, tanh : callable (x, out=)
    matmul : callable (x, y, out=)
    affine : callable (x, weights, biases, out)
        x W + b.
    sum_samples : callable (ones, x, out)
        Σ over rows; `ones` is a vector of as many ones, if the library sums best by a product.
    add_multiple : callable (out, x, factor, scratch)
        out += factor · x.
    take : callable (source, rows, out)
        Rows by index.
    scale_bytes : callable (bytes, factor, out)
    row_sums, row_maxima : callable (x) -> array of shape (n_rows, 1)
    total, dot : callable -> number
        Sum of all entries; product of two vectors.
    hits : callable (outputs, labels) -> number
        Rows whose largest output is that of the label.
    is_finite : callable (x) -> boolean number
    where : callable (condition, x, y) -> array
    shorten : callable (vector, longest)
        Scale down to the Euclidean norm `longest` if it is longer.
    kernels : dict
        The library's own forward and backward of activations, by name; for all others ``activations.py`` has formulas.
    """

    one: Number
    chunk: int | None
    block_rows: int
    scope: Callable[[], AbstractContextManager[Any]]
    empty: Operation
    zeros: Operation
    ones: Operation
    zeros_like: Operation
    of_numpy: Callable[[NDArray[np.generic], str | None], Array]
    to_numpy: Callable[[Array], NDArray[Any]]
    assign: Operation
    add: Operation
    subtract: Operation
    multiply: Operation
    divide: Operation
    at_least: Operation
    greater: Operation
    absolute: Operation
    sign: Operation
    sqrt: Operation
    exp: Operation
    log: Operation
    tanh: Operation
    matmul: Operation
    affine: Operation
    sum_samples: Operation
    add_multiple: Operation
    take: Operation
    scale_bytes: Operation
    row_sums: Operation
    row_maxima: Operation
    total: Operation
    dot: Operation
    hits: Operation
    is_finite: Operation
    where: Operation
    shorten: Operation
    kernels: Mapping[str, tuple[Operation, Operation]] = field(default_factory=dict)


def _affine(x: Array, weights: Array, biases: Array, out: Array) -> None:
    np.matmul(x, weights, out=out)
    np.add(out, biases, out=out)


def _sum_samples(ones: Array, x: Array, out: Array) -> None:
    np.matmul(ones, x, out=out)


def _add_multiple(out: Array, x: Array, factor: Number, scratch: Array) -> None:
    np.multiply(x, factor, out=scratch)
    np.add(out, scratch, out=out)


def _take(source: Array, rows: Array, out: Array) -> None:
    source.take(rows, 0, out, "clip")


def _row_maxima(x: Array) -> Array:
    """Found down the columns of a transposed copy: along rows as short as outputs it takes four times as long."""
    return x.T.copy().max(axis=0)[:, None]


def _shorten(vector: Array, longest: float) -> None:
    norm = sqrt(float(np.dot(vector, vector)))
    if norm > longest:
        np.multiply(vector, longest / norm, out=vector)


NUMPY = Arrays(
    one=1.0,
    chunk=16_384,
    block_rows=1024,
    scope=nullcontext,
    empty=np.empty,
    zeros=np.zeros,
    ones=np.ones,
    zeros_like=np.zeros_like,
    of_numpy=np.asarray,
    to_numpy=np.array,
    assign=np.copyto,
    add=np.add,
    subtract=np.subtract,
    multiply=np.multiply,
    divide=np.divide,
    at_least=np.maximum,
    greater=np.greater,
    absolute=np.absolute,
    sign=np.sign,
    sqrt=np.sqrt,
    exp=np.exp,
    log=np.log,
    tanh=np.tanh,
    matmul=np.matmul,
    affine=_affine,
    sum_samples=_sum_samples,
    add_multiple=_add_multiple,
    take=_take,
    scale_bytes=lambda source, factor, out: np.multiply(source, out.dtype.type(factor), out=out),
    row_sums=lambda x: x.sum(axis=1)[:, None],
    row_maxima=_row_maxima,
    total=lambda x: float(x.sum()),
    dot=lambda x, y: float(np.dot(x, y)),
    hits=lambda outputs, labels: int(np.count_nonzero(outputs.argmax(axis=1) == labels)),
    is_finite=lambda x: np.isfinite(x).all(),
    where=np.where,
    shorten=_shorten,
)
