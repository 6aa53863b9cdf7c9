"""Who computes a training, where, and in which number format."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from wattlab.errors import UnsupportedError
from wattlab.recipe.base import Count, Flag, Part, Positive

__all__ = [
    "ENGINE_CHOICES",
    "EngineChoice",
    "KerasChoice",
    "NativeChoice",
    "Precision",
    "SklearnChoice",
    "TorchChoice",
    "carried_fields",
    "engine_changes",
    "engine_specs",
]

Precision = Literal["float64", "float32", "tf32", "bfloat16", "float16"]

Device = Annotated[str, Field(pattern=r"^(cpu|cuda(:[0-9]+)?)$")]

LossScale = Literal["dynamic"] | Positive


class _Choice(Part):
    precision: Precision = "float32"
    """Number format of the arithmetic; below float32 the weights, the outputs and the loss stay float32."""
    device: Device = "cpu"
    """Where the arrays live: cpu, cuda, or cuda:1 for the second GPU."""
    threads: Count | None = None
    """Threads of the matrix products; left out: all cores that this process may use, unless fewer serve better."""
    emulated: Flag = False
    """Allow a half format that the device has no instructions for: right results, but slower."""

    @property
    def array_dtype(self) -> Literal["float32", "float64"]:
        """Number format of weights and features as they are stored."""
        return "float64" if self.precision == "float64" else "float32"


class NativeChoice(_Choice):
    """Explicit error back-propagation, on NumPy arrays or torch tensors."""

    name: Literal["native"] = "native"
    """native: explicit error back-propagation."""
    arrays: Literal["auto", "numpy", "torch"] = "auto"
    """Array library; auto: torch for a GPU and for formats that NumPy does not have, else NumPy."""
    compiled: Flag = False
    """Compile forward and backward pass (needs the extra "compiled"); pays from about half a minute on."""
    input_delta: Flag = False
    """Carry the delta to the input layer, where it is of no use: for the before/after table only."""
    layer_times: Flag = False
    """Record the forward and backward time of each layer; costs a little time itself."""
    cuda_graphs: Flag = True
    """Record a step once and replay it as a CUDA graph; on a GPU only."""
    loss_scale: LossScale = "dynamic"
    """Factor on the loss in float16: halved on overflow and doubled after 2000 good steps, or one number."""


class TorchChoice(_Choice):
    """PyTorch with automatic differentiation."""

    name: Literal["torch"]
    """torch: PyTorch with automatic differentiation."""
    compiled: Flag = False
    """Compile forward and backward pass by torch.compile."""
    layout: Literal["channels-last", "channels-first"] = "channels-last"
    """How images and kernels lie in memory; channels-last suits tensor cores, and processors too."""
    cuda_graphs: Flag = False
    """Record forward and backward pass of full batches once and replay them as a CUDA graph; on a GPU only."""
    loss_scale: LossScale = "dynamic"
    """Factor on the loss in float16: halved on overflow and doubled after 2000 good steps, or one number."""


class KerasChoice(_Choice):
    """Keras 3 by its own ``fit``."""

    name: Literal["keras"]
    """keras: Keras 3 by its own fit."""
    backend: Literal["tensorflow", "jax", "torch"] = "tensorflow"
    """What Keras computes with; one process can have one only."""
    jit_compile: Literal["auto"] | Flag = "auto"
    """Compile by XLA (TensorFlow, JAX) or torch.compile; auto: as Keras itself decides."""
    steps_per_execution: Count = 1
    """Batches in one call of the compiled function; on TensorFlow only."""
    inter_threads: Count | None = None
    """TensorFlow's threads for independent operations; left out: TensorFlow decides."""
    memory_limit_MiB: Count | None = None
    """Most memory that TensorFlow may take on the GPU."""
    memory_growth: Flag = False
    """Let TensorFlow take GPU memory as it needs it, instead of all at once."""
    loss_scale: LossScale = "dynamic"
    """Factor on the loss in float16: dynamic as Keras' LossScaleOptimizer has it, or one number."""


class SklearnChoice(_Choice):
    """scikit-learn's MLPClassifier and MLPRegressor."""

    name: Literal["sklearn"]
    """sklearn: scikit-learn's MLPClassifier or MLPRegressor."""


def _name(value: Any) -> Any:
    """Return which member of the union is meant: native where nothing is said."""
    return value.get("name", "native") if isinstance(value, dict) else getattr(value, "name", None)


EngineChoice = Annotated[
    Annotated[NativeChoice, Tag("native")]
    | Annotated[TorchChoice, Tag("torch")]
    | Annotated[KerasChoice, Tag("keras")]
    | Annotated[SklearnChoice, Tag("sklearn")],
    Discriminator(_name),
]

ENGINE_CHOICES: dict[str, type[_Choice]] = {
    "native": NativeChoice,
    "torch": TorchChoice,
    "keras": KerasChoice,
    "sklearn": SklearnChoice,
}
"""What can be chosen, by the name of the engine."""


def carried_fields(table: dict[str, Any], name: str) -> set[str]:
    """Return the fields of an engine's table that stay where another engine is taken.

    Parameters
    ----------
    table : dict
        All fields of the engine that was, defaults included.
    name : str
        Of the engine that is to be.

    Returns
    -------
    set of str
        Fields that both have; what is only the default of the one is no choice for the other, if that has another.

    Examples
    --------
    >>> native = {"name": "native", "precision": "float64", "cuda_graphs": True}
    >>> "precision" in carried_fields(native, "torch"), "cuda_graphs" in carried_fields(native, "torch")
    (True, False)
    """
    old, new = ENGINE_CHOICES[table.get("name", "native")].model_fields, ENGINE_CHOICES[name].model_fields
    return {
        field
        for field in old.keys() & new.keys()
        if field == "name"
        or old[field].default == new[field].default
        or table.get(field) != old[field].default
    }


def engine_changes(spec: str) -> dict[str, Any]:
    """Return the changes to a recipe that an engine in short, such as ``keras:jax``, stands for.

    Parameters
    ----------
    spec : str
        The name of an engine; behind a colon a backend of Keras, "compiled" for native and torch, or "torch" for the
        native engine on torch tensors. Without one, native and torch are not compiled, whatever the recipe says.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If there is no such engine, or none of that kind.

    Examples
    --------
    >>> engine_changes("keras:jax")
    {'engine.name': 'keras', 'engine.backend': 'jax'}
    >>> engine_changes("torch:compiled")
    {'engine.name': 'torch', 'engine.compiled': True}
    >>> engine_changes("native")
    {'engine.name': 'native', 'engine.compiled': False, 'engine.arrays': 'auto'}
    """
    name, colon, variant = spec.partition(":")
    if name not in ENGINE_CHOICES:
        msg = f"there is no engine {name!r}; engines: {', '.join(engine_specs())}"
        raise UnsupportedError(msg)
    variants = _VARIANTS[name]
    if colon and variant not in variants:
        known = ", ".join(f"{name}:{one}" for one in variants) or f"{name} alone"
        msg = f"engine {spec!r} is unknown; {name} can be {known}"
        raise UnsupportedError(msg)
    return {"engine.name": name} | _PLAIN[name] | (variants[variant] if colon else {})


def engine_specs() -> tuple[str, ...]:
    """Return all engines in short, as `engine_changes` takes them; Keras with its backend, for it has no default.

    Examples
    --------
    >>> engine_specs()[:3]
    ('native', 'native:compiled', 'native:torch')
    """
    found: list[str] = []
    for name, variants in _VARIANTS.items():
        found += [name] * (name != "keras") + [f"{name}:{variant}" for variant in variants]
    return tuple(found)


_COMPILED: dict[str, Any] = {"engine.compiled": True}
_PLAIN: dict[str, dict[str, Any]] = {
    "native": {"engine.compiled": False, "engine.arrays": "auto"},
    "torch": {"engine.compiled": False},
    "keras": {},
    "sklearn": {},
}
# All that an engine in short decides, so that its name is true whatever the recipe says.
_VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "native": {"compiled": _COMPILED, "torch": {"engine.arrays": "torch"}},
    "torch": {"compiled": _COMPILED},
    "keras": {name: {"engine.backend": name} for name in ("tensorflow", "jax", "torch")},
    "sklearn": {},
}
