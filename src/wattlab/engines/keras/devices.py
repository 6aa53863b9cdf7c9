"""Where Keras computes: devices found, memory limits set, and the place every call runs in."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import keras

from wattlab.engines.devices import check_formats, formats_by_capability
from wattlab.engines.keras.backend import FRESH, version
from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.recipe.engine import KerasChoice, Precision

__all__ = ["Place", "check_gpu", "limit_memory"]


class Place:
    """The device and the arithmetic that a trainer's calls run in.

    Parameters
    ----------
    choice : KerasChoice
        Of a recipe that has been checked.
    """

    def __init__(self, choice: KerasChoice) -> None:
        self.choice, self.on_gpu = choice, choice.device != "cpu"
        self.name = f"gpu:{_index(choice)}" if self.on_gpu else "cpu"

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Return a context in which the backend computes here, and in this precision."""
        with ExitStack() as stack:
            if self.choice.precision == "float64":
                stack.enter_context(_unrounded())
            stack.enter_context(_ARITHMETIC[self.choice.backend](self.choice.precision, self.on_gpu))
            stack.enter_context(keras.device(self.name))
            yield

    def synchronize(self, arrays: list[Any]) -> None:
        """Wait until the device has computed `arrays` and all before them."""
        _WAITS[self.choice.backend](arrays, self.on_gpu)

    def free_memory_B(self, host_B: int) -> int:
        """Return how much memory is free where batches are gathered; `host_B` is free on the host. Unit: B."""
        gathers_on_gpu = self.on_gpu and self.choice.backend != "tensorflow"
        return min(host_B, _FREE_B[self.choice.backend](_index(self.choice))) if gathers_on_gpu else host_B


def check_gpu(choice: KerasChoice) -> None:
    """Raise unless the backend sees the GPU, and it has instructions for the number format.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Says which devices there are.
    """
    there = _GPUS[choice.backend]()
    index = _index(choice)
    if index >= len(there):
        names = ", ".join(["cpu", *(f"cuda:{number}" for number in range(len(there)))])
        raise UnsupportedError(
            f"engine.device is {choice.device!r}, but {choice.backend} {version(choice.backend)} sees only {names} "
            f"here; take one of these, or install a GPU driver and a {choice.backend} that is built for it"
        )
    check_formats(choice, formats_by_capability(there[index]), f"the GPU {choice.device}")


def limit_memory(choice: KerasChoice) -> None:
    """Apply the recipe's limits on TensorFlow's memory on the GPU.

    TensorFlow wants the same growth on all GPUs that it sees, whichever of them computes, so all of them get it.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If TensorFlow already runs, or has been set up, with other limits.
    """
    if choice.memory_limit_MiB is None and not choice.memory_growth:
        return
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    try:
        if choice.memory_growth:
            for gpu in gpus:
                tf.config.experimental.set_memory_growth(gpu, enable=True)
        else:
            limit = tf.config.LogicalDeviceConfiguration(memory_limit=choice.memory_limit_MiB)
            tf.config.set_logical_device_configuration(gpus[_index(choice)], [limit])
    except (RuntimeError, ValueError) as error:
        field = "memory_growth" if choice.memory_growth else "memory_limit_MiB"
        msg = f"engine.{field} has to be set before TensorFlow starts, which here says: {error}; {FRESH}"
        raise UnsupportedError(msg) from error


def _index(choice: KerasChoice) -> int:
    return int(choice.device.partition(":")[2] or 0)


def _tensorflow_gpus() -> list[tuple[int, int]]:
    import tensorflow as tf

    details = tf.config.experimental.get_device_details
    gpus = tf.config.list_physical_devices("GPU")
    return [tuple(details(gpu).get("compute_capability", (0, 0))) for gpu in gpus]


def _jax_gpus() -> list[tuple[int, int]]:
    import jax

    try:
        gpus = jax.devices("gpu")
    except RuntimeError:  # so JAX says that there is none
        return []
    # AMD's GPUs name themselves otherwise ("gfx90a"); what they can do is not known here.
    names = [str(getattr(gpu, "compute_capability", "")).partition(".") for gpu in gpus]
    return [(int(major), int(minor)) if major.isdigit() else (0, 0) for major, _, minor in names]


def _torch_gpus() -> list[tuple[int, int]]:
    import torch

    return [torch.cuda.get_device_capability(number) for number in range(torch.cuda.device_count())]


@contextmanager
def _unrounded() -> Iterator[None]:
    """Return a context in which Keras keeps float64 on JAX and torch too.

    There it takes float32 for the result of any two float64 numbers, silently ("to be aligned with JAX's default
    behavior"), and has no switch for it but the table in which that is written.
    """
    from keras.src.backend.common import dtypes

    table, name = dtypes.BIT64_TO_BIT32_DTYPE, "float64"
    before = table[name]
    table[name] = name
    try:
        yield
    finally:
        table[name] = before


@contextmanager
def _tensorflow_arithmetic(precision: Precision, on_gpu: bool) -> Iterator[None]:  # noqa: FBT001 (one signature a table)
    if not on_gpu:
        yield
        return
    import tensorflow as tf

    # TensorFlow rounds float32 products to tf32 unless told otherwise.
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(precision == "tf32")
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


@contextmanager
def _jax_arithmetic(precision: Precision, on_gpu: bool) -> Iterator[None]:  # noqa: FBT001 (as above)
    import jax

    wide, products = jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision
    jax.config.update("jax_enable_x64", precision == "float64")
    if on_gpu and precision in {"float32", "tf32"}:
        jax.config.update(
            "jax_default_matmul_precision", "highest" if precision == "float32" else "tensorfloat32"
        )
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", wide)
        jax.config.update("jax_default_matmul_precision", products)


@contextmanager
def _torch_arithmetic(precision: Precision, on_gpu: bool) -> Iterator[None]:  # noqa: FBT001 (as above)
    import torch

    before = torch.get_float32_matmul_precision()
    if on_gpu:
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        with torch.random.fork_rng(devices=[]):  # every loader draws a seed, though there is nothing to draw
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def _wait_tensorflow(arrays: list[Any], on_gpu: bool) -> None:  # noqa: ARG001, FBT001 (as above)
    if on_gpu:
        import tensorflow as tf

        tf.test.experimental.sync_devices()


def _wait_jax(arrays: list[Any], on_gpu: bool) -> None:  # noqa: ARG001, FBT001 (as above)
    import jax

    jax.block_until_ready(arrays)


def _wait_torch(arrays: list[Any], on_gpu: bool) -> None:  # noqa: FBT001 (as above)
    import torch

    if on_gpu:
        for device in {one.device for one in arrays}:  # not the current one, which Keras leaves as it is
            torch.cuda.synchronize(device)


def _jax_free_B(index: int) -> int:
    import jax

    statistics = jax.devices("gpu")[index].memory_stats()
    return int(statistics["bytes_limit"] - statistics["bytes_in_use"])


def _torch_free_B(index: int) -> int:
    import torch

    return int(torch.cuda.mem_get_info(index)[0])


_FREE_B: dict[str, Callable[[int], int]] = {"jax": _jax_free_B, "torch": _torch_free_B}
_GPUS: dict[str, Callable[[], list[tuple[int, int]]]] = {
    "tensorflow": _tensorflow_gpus,
    "jax": _jax_gpus,
    "torch": _torch_gpus,
}
_ARITHMETIC: dict[str, Callable[[Precision, bool], Any]] = {
    "tensorflow": _tensorflow_arithmetic,
    "jax": _jax_arithmetic,
    "torch": _torch_arithmetic,
}
_WAITS: dict[str, Callable[[list[Any], bool], None]] = {
    "tensorflow": _wait_tensorflow,
    "jax": _wait_jax,
    "torch": _wait_torch,
}
