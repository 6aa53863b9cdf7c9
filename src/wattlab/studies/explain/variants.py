"""Variants of a recipe whose parts are timed beside its own: what each cause would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError
from wattlab.recipe.engine import TorchChoice
from wattlab.recipe.layers import Conv2D, Conv2DTranspose, Dense
from wattlab.studies.explain.part_times import AS_IT_IS, PartsAsked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe
    from wattlab.recipe.engine import Precision

__all__ = ["MULTIPLE", "Variants", "odd_sizes", "plan_variants"]

MULTIPLE: Final = 8
"""Of which half formats want sizes to be multiples."""
_FEWEST: Final = 8
"""Sizes below it are left alone: to pad them would be another network."""
_BATCHES: Final = (2, 4)
_LARGEST_BATCH: Final = 4096
_NARROW: Final[tuple[Precision, ...]] = ("tf32", "bfloat16", "float16")

Changes = dict[str, Any]


@dataclass(frozen=True)
class Variants:
    """What each variant changes, by name.

    Parameters
    ----------
    precisions : dict
        By number format.
    threads : dict
        By their number.
    batches : dict
        By batch size.
    padded : dict
        All sizes that are no multiples of 8, rounded up; empty where there are none.
    layout : dict
        The other order of channels in memory; empty where there is none to choose.
    """

    precisions: Mapping[Precision, Changes] = field(default_factory=dict)
    threads: Mapping[int, Changes] = field(default_factory=dict)
    batches: Mapping[int, Changes] = field(default_factory=dict)
    padded: Changes = field(default_factory=dict)
    layout: Changes = field(default_factory=dict)

    def named(self) -> dict[str, Changes]:
        """Return all of them under one name each."""
        single = {"padded": self.padded, "layout": self.layout}
        return {
            **{f"precision {name}": one for name, one in self.precisions.items()},
            **{f"threads {count}": one for count, one in self.threads.items()},
            **{f"batch {size}": one for size, one in self.batches.items()},
            **{name: one for name, one in single.items() if one},
        }

    def asked(self, recipe: Recipe, budget_s: float) -> PartsAsked:
        """Return the question for the parts; a variant that is no valid recipe is left out."""
        recipes = {AS_IT_IS: recipe.to_toml()}
        for name, changes in self.named().items():
            try:
                recipes[name] = recipe.with_changes(changes).to_toml()
            except RecipeError:
                continue
        return PartsAsked(recipes=recipes, budget_s=budget_s)


def plan_variants(recipe: Recipe, formats: Sequence[str], cores: int, n_train: int) -> Variants:
    """Return what is worth trying on a recipe.

    Parameters
    ----------
    recipe : Recipe
        As it is.
    formats : sequence of str
        Number formats that its device has instructions for.
    cores : int
        That this process may keep busy.
    n_train : int
        Samples of the training part: no batch can be larger.
    """
    return Variants(
        precisions=_precisions(recipe, formats),
        threads=_threads(recipe, cores),
        batches=_batches(recipe, n_train),
        padded=_padded(recipe),
        layout=_layout(recipe),
    )


def _precisions(recipe: Recipe, formats: Sequence[str]) -> dict[Precision, Changes]:
    """Return narrower formats, and float32 for whatever is not: wider, or emulated."""
    engine = recipe.engine
    wanted: list[Precision] = []
    if engine.name in {"torch", "keras"} or _on_torch(recipe):
        wanted += [name for name in _NARROW if name in formats]
    if engine.precision == "float64" or engine.precision not in formats:
        wanted.append("float32")
    return {name: {"engine.precision": name} for name in wanted if name != engine.precision}


def _on_torch(recipe: Recipe) -> bool:
    from wattlab.studies.explain.library import needs_torch

    return needs_torch(recipe.engine)


def _threads(recipe: Recipe, cores: int) -> dict[int, Changes]:
    if recipe.engine.device != "cpu":
        return {}
    counts = sorted({1, max(1, cores // 2), cores})
    return {count: {"engine.threads": count} for count in counts if count != recipe.engine.threads}


def _batches(recipe: Recipe, n_train: int) -> dict[int, Changes]:
    size = recipe.training.batch_size
    if size == "all":
        return {}
    sizes = [size * factor for factor in _BATCHES if size * factor <= min(n_train // 2, _LARGEST_BATCH)]
    return {one: {"training.batch_size": one} for one in sizes}


def odd_sizes(recipe: Recipe) -> dict[str, int]:
    """Return the sizes of layers that are no multiples of 8, by field; the last layer's is the data's affair.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> odd_sizes(Recipe.named("mnist-fast"))
    {'network.layers[0].units': 70, 'network.layers[1].units': 30}
    """
    found = {}
    for node in recipe.network.nodes[:-1]:
        spec = node.spec
        if isinstance(spec, Dense):
            found[f"{node.place}.units"] = spec.units or 0
        elif isinstance(spec, (Conv2D, Conv2DTranspose)):
            found[f"{node.place}.filters"] = spec.filters
    return {field: size for field, size in found.items() if size >= _FEWEST and size % MULTIPLE}


def _padded(recipe: Recipe) -> Changes:
    return {field: -(-size // MULTIPLE) * MULTIPLE for field, size in odd_sizes(recipe).items()}


def _layout(recipe: Recipe) -> Changes:
    """Return the other layout of images, where there are convolutions and the engine can choose."""
    images = any(isinstance(node.spec, (Conv2D, Conv2DTranspose)) for node in recipe.network.nodes)
    if not images or not isinstance(recipe.engine, TorchChoice):
        return {}
    others = {"channels-last": "channels-first", "channels-first": "channels-last"}
    return {"engine.layout": others[recipe.engine.layout]}
