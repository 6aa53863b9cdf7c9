"""All that a training needs to go on bit for bit, as arrays by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.torch.optimizers import SLOTS
from wattlab.errors import WeightsError

if TYPE_CHECKING:
    from wattlab.engines.base import State
    from wattlab.engines.torch.descent import Descent
    from wattlab.engines.torch.network import TorchNetwork

__all__ = ["restore", "save"]


def save(network: TorchNetwork, descent: Descent) -> State:
    """Return copies of parameters, optimizer memory, step count, and the scale of the loss."""
    tensors = {f"parameters.{name}": one.detach() for name, one in network.named_parameters()}
    memory = descent.optimizer.state_dict()["state"]
    for index, slots in memory.items():
        tensors |= {f"optimizer.{index}.{name}": slot for name, slot in slots.items()}
    state: State = {name: one.to("cpu", copy=True).numpy() for name, one in tensors.items()}
    state["steps"] = np.array(descent.steps)
    if descent.scaler is not None:
        scale = descent.scaler.state_dict()
        state["scale"] = np.array([scale["scale"], scale["_growth_tracker"]], np.float64)
    return state


def restore(state: State, network: TorchNetwork, descent: Descent) -> None:
    """Go back to what `save` returned.

    Raises
    ------
    wattlab.errors.WeightsError
        If it comes from another network or another optimizer.
    """
    _check(state, network, descent)
    for name, one in network.named_parameters():
        one.detach().copy_(torch.from_numpy(np.array(state[f"parameters.{name}"])))
    memory: dict[int, dict[str, torch.Tensor]] = {}
    for name, array in state.items():
        if name.startswith("optimizer."):
            _, index, slot = name.split(".")
            memory.setdefault(int(index), {})[slot] = torch.from_numpy(np.array(array))
    groups = descent.optimizer.state_dict()["param_groups"]
    descent.optimizer.load_state_dict({"state": memory, "param_groups": groups})
    descent.steps = int(state["steps"])
    if descent.scaler is not None:
        scale, tracker = state["scale"].tolist()
        descent.scaler.load_state_dict(
            {**descent.scaler.state_dict(), "scale": scale, "_growth_tracker": int(tracker)}
        )


def _check(state: State, network: TorchNetwork, descent: Descent) -> None:
    wanted = {f"parameters.{name}": tuple(one.shape) for name, one in network.named_parameters()}
    wanted |= {"steps": ()} | ({} if descent.scaler is None else {"scale": (2,)})
    if any(name.startswith("optimizer.") for name in state):
        wanted |= _memory_shapes(descent)
    if {name: array.shape for name, array in state.items()} != wanted:
        raise WeightsError(
            "the saved state belongs to another network, optimizer or precision; resume with the run's own recipe"
        )


def _memory_shapes(descent: Descent) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what the optimizer remembers once it has taken a step."""
    parameters = [one for group in descent.optimizer.param_groups for one in group["params"]]
    return {
        f"optimizer.{index}.{slot}": () if slot == "step" else tuple(one.shape)
        for index, one in enumerate(parameters)
        for slot in SLOTS[type(descent.optimizer)]
    }
