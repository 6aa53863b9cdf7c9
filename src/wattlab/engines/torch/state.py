"""All that a training needs to go on bit for bit, as arrays by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.base import check_state
from wattlab.engines.torch.network import TorchNetwork
from wattlab.engines.torch.optimizers import SLOTS
from wattlab.errors import WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.base import State, Weights
    from wattlab.engines.torch.descent import Descent
    from wattlab.recipe.architecture import Architecture

__all__ = ["restore", "save", "stored_weights"]


def save(network: TorchNetwork, descent: Descent) -> State:
    """Return copies of parameters, statistics, optimizer memory, step count, and the scale of the loss."""
    tensors = _own(network)
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
    for name, one in _own(network).items():
        one.copy_(torch.from_numpy(np.array(state[name])))
    parameters = _parameters(descent)
    memory: dict[int, dict[str, torch.Tensor]] = {}
    for name, array in state.items():
        if name.startswith("optimizer."):
            _, index, slot = name.split(".")
            memory.setdefault(int(index), {})[slot] = _as_it_lay(array, parameters[int(index)])
    groups = descent.optimizer.state_dict()["param_groups"]
    descent.optimizer.load_state_dict({"state": memory, "param_groups": groups})
    descent.steps = int(state["steps"])
    if descent.scaler is not None:
        scale, tracker = state["scale"].tolist()
        descent.scaler.load_state_dict(
            {**descent.scaler.state_dict(), "scale": scale, "_growth_tracker": int(tracker)}
        )


def stored_weights(state: State, architecture: Architecture) -> Weights:
    """Return the weights in what `save` returned, on whatever device that was; see `Engine.stored_weights`."""
    network = TorchNetwork(architecture, torch.float64, torch.device("cpu"))
    with torch.no_grad():
        for name, one in _own(network).items():
            found = state.get(name)
            if found is None or found.shape != tuple(one.shape):
                raise WeightsError(
                    f"the saved state has no {name!r} of this network: it belongs to another one"
                )
            one.copy_(torch.from_numpy(np.array(found)))
    return network.copies()


def _wanted(state: State, network: TorchNetwork, descent: Descent) -> State:
    """Return arrays like those that `state` should hold; before the first step an optimizer remembers nothing."""
    own = save(network, descent)
    wanted = {name: array for name, array in own.items() if not name.startswith("optimizer.")}
    remembers = any(name.startswith("optimizer.") for name in state)
    return wanted | (_memory(descent) if remembers else {})


def _memory(descent: Descent) -> State:
    """Return arrays like those of an optimizer that has taken a step."""
    number = torch.zeros(())
    return {
        f"optimizer.{index}.{slot}": torch.zeros_like(number if slot == "step" else one, device="cpu").numpy()
        for index, one in enumerate(_parameters(descent))
        for slot in SLOTS[type(descent.optimizer)]
    }


def _own(network: TorchNetwork) -> dict[str, torch.Tensor]:
    """Return what the network itself has to remember."""
    parameters = {f"parameters.{name}": one.detach() for name, one in network.named_parameters()}
    return parameters | {f"statistics.{name}": one for name, one in network.kept().items()}


def _parameters(descent: Descent) -> list[torch.Tensor]:
    return [one for group in descent.optimizer.param_groups for one in group["params"]]


def _as_it_lay(array: NDArray[np.generic], parameter: torch.Tensor) -> torch.Tensor:
    """Return what an optimizer remembers of a parameter, in that one's order: fused steps go through memory alike."""
    tensor = torch.from_numpy(np.array(array))
    if tensor.shape != parameter.shape:
        return tensor
    return torch.empty_like(parameter, dtype=tensor.dtype, device="cpu").copy_(tensor)
