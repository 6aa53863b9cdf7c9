"""For any training loop in PyTorch: ``for batch in wattlab.torch.measure_steps(loader): ...``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from wattlab.callbacks.steps import MeasuredSteps, StepWindow, samples_in
from wattlab.errors import MissingExtraError, ParameterError
from wattlab.meter.devices import synchronize_devices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.meter.meter import Meter

__all__ = ["MeasuredSteps", "StepWindow", "measure_steps"]

Batch = TypeVar("Batch")


def measure_steps(
    loop: Iterable[Batch],
    every: int = 50,
    *,
    samples: Callable[[Batch], int | None] = samples_in,
    synchronize: Callable[[], object] | None = synchronize_devices,
    meter: Meter | None = None,
) -> MeasuredSteps[Batch]:
    """Go through a loop's batches unchanged, and keep what its steps cost.

    A step lasts from the moment its batch is asked for until the next one is: it holds both the waiting for data and
    what the loop's body does. Of steps that a ``break`` or an error ends, the last window holds the fewer.

    Parameters
    ----------
    loop : iterable
        Gives the batches: a ``DataLoader``, or any other.
    every : int, optional
        Steps in a window, at least 1. The device is waited for at the windows' edges alone, so that the steps between
        them run as they do unmeasured; a window should last longer than the sensor's resolution.
    samples : callable, optional
        Tells how many samples a batch has; by default, the length of its first tensor.
    synchronize : callable or None, optional
        Waits for the device at the edges; by default, for all that torch computes with. None: no waiting.
    meter : Meter, optional
        A meter that runs; by default, one that the whole process shares. Of several processes that a launcher started
        on a node, that of local rank 0 measures the energy; in the others it is missing, with the reason.

    Returns
    -------
    MeasuredSteps
        To be iterated over, once or once per epoch. Holds ``windows``, ``cost``, ``energy_per_step``,
        ``energy_per_sample``, ``waiting`` and ``report()``.

    Raises
    ------
    wattlab.errors.MissingExtraError
        PyTorch is not installed.
    wattlab.errors.ParameterError
        `every` is less than 1.

    Notes
    -----
    On a GPU the loop's body only queues its work. While the device still works on it, the waiting for data costs
    nothing; so the share of waiting is the most that faster loading could save.

    Examples
    --------
    >>> import torch
    >>> batches = [(torch.zeros(8, 3), torch.zeros(8)) for _ in range(5)]
    >>> steps = measure_steps(batches, every=2)
    >>> for inputs, targets in steps:
    ...     assert inputs.shape == (8, 3)
    >>> steps.steps, [window.steps for window in steps.windows], [window.samples for window in steps.windows]
    (5, [2, 2, 1], [16, 16, 8])
    >>> print(steps.report())
    5 steps: ...
    """
    if find_spec("torch") is None:
        raise MissingExtraError("torch", "torch", "wattlab.torch.measure_steps")
    if every < 1:
        msg = f"measure_steps: every is {every}; expected a whole number of at least 1"
        raise ParameterError(msg)
    return MeasuredSteps(loop, every, samples, synchronize, meter)
