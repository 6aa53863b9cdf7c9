"""All that a training needs to go on bit for bit, as arrays by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.base import check_state
from wattlab.engines.torch.optimizers import SLOTS

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
    """Go back to what `save` returned; see `wattlab.engines.base.Trainer.restore`."""
    check_state(state, _wanted(state, network, descent))
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


def _wanted(state: State, network: TorchNetwork, descent: Descent) -> State:
    """Return arrays like those that `state` should hold; before the first step an optimizer remembers nothing."""
    own = save(network, descent)
    wanted = {name: array for name, array in own.items() if not name.startswith("optimizer.")}
    remembers = any(name.startswith("optimizer.") for name in state)
    return wanted | (_memory(descent) if remembers else {})


def _memory(descent: Descent) -> State:
    """Return arrays like those of an optimizer that has taken a step."""
    parameters = [one for group in descent.optimizer.param_groups for one in group["params"]]
    number = torch.zeros(())
    return {
        f"optimizer.{index}.{slot}": torch.zeros_like(number if slot == "step" else one, device="cpu").numpy()
        for index, one in enumerate(parameters)
        for slot in SLOTS[type(descent.optimizer)]
    }
