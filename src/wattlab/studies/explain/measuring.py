"""The ceilings of this machine, measured in a process of its own.

``python -m wattlab.studies.explain.measuring RECIPE OUT``: the recipe says which engine, device and threads.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.cluster.load import foreign_load
from wattlab.engines.registry import get_engine
from wattlab.meter.statistics import estimate
from wattlab.recipe import Recipe
from wattlab.records.files import write_atomically
from wattlab.studies.explain.ceilings import Bandwidth, Ceilings, Product
from wattlab.studies.explain.choosing import library_of
from wattlab.studies.explain.stopwatch import samples_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.recipe.engine import Precision
    from wattlab.studies.explain.library import Library

__all__ = ["MODULE", "main", "measure_ceilings"]

MODULE: Final = "wattlab.studies.explain.measuring"
_PRODUCTS_S: Final = 4.0
"""About how long the products of one number format may take. Unit: s."""
_STREAMS_S: Final = 3.0


def measure_ceilings(recipe: Recipe, budget: float = 1.0) -> Ceilings:
    """Measure what the library of a recipe's engine reaches, with the threads that the recipe has.

    Parameters
    ----------
    recipe : Recipe
        Only its engine and batch size matter.
    budget : float, optional
        Factor on the time that it takes; 1: about 15 s.
    """
    engine = get_engine(recipe.engine.name)
    load = foreign_load()
    library = library_of(recipe.engine)
    with engine.threads(recipe):
        formats = library.formats()
        products = [
            one for name, reason in formats.items() if not reason for one in _products(library, name, budget)
        ]
        return Ceilings(
            library=library.name,
            device=library.device,
            device_name=library.device_name,
            threads=library.threads(),
            products=tuple(products),
            bandwidths=_bandwidths(library, budget),
            lacking={name: reason for name, reason in formats.items() if reason},
            foreign_load=load,
            measured_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _products(library: Library, precision: Precision, budget: float) -> list[Product]:
    found = []
    for size in library.sizes:
        work = library.product(precision, size)
        taken = samples_s(work, library.synchronize, budget_s=budget * _PRODUCTS_S / len(library.sizes))
        rate = _rate(2.0 * size**3, taken, "FLOP/s")
        found.append(Product(precision=precision, m=size, k=size, n=size, rate=rate))
    return found


def _bandwidths(library: Library, budget: float) -> tuple[Bandwidth, ...]:
    found = []
    for size_B in library.streams_B:
        work = library.stream(size_B)
        taken = samples_s(work, library.synchronize, budget_s=budget * _STREAMS_S / len(library.streams_B))
        found.append(Bandwidth(size_B=size_B, rate=_rate(size_B // 12 * 12.0, taken, "B/s")))
    return tuple(found)


def _rate(amount: float, taken_s: Sequence[float], unit: str) -> Estimate:
    found = estimate([amount / one_s for one_s in taken_s], unit)
    assert found is not None
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, write OUT, and return the exit code."""
    recipe, out = arguments

    def work() -> None:
        found = measure_ceilings(Recipe.named(recipe))
        write_atomically(Path(out), found.model_dump_json(indent=1).encode())

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
