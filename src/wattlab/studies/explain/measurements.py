"""All measurements of an explanation, each in a fresh process; what fails is unknown, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.step_report import StepFailure, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.engines.registry import get_engine
from wattlab.errors import RecipeError, RunError, UserError
from wattlab.meter.load import BUSY
from wattlab.records.files import write_atomically
from wattlab.studies.explain import measuring, parts
from wattlab.studies.explain.ceilings import Ceilings
from wattlab.studies.explain.findings import Overhead
from wattlab.studies.explain.library import needs_torch
from wattlab.studies.explain.narrow import compiling_change, narrow
from wattlab.studies.explain.part_times import PartsReport
from wattlab.studies.folders import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.cluster.step_report import StepReport
    from wattlab.recipe import Recipe
    from wattlab.studies.explain.cache import Cache
    from wattlab.studies.explain.variants import Variants
    from wattlab.studies.observer import StudyObserver

__all__ = ["Measurements"]

_STEPS: Final = StepsAsked(evaluate=True, phases=True, at_least_s=2.0, limit_s=30.0)
_FEW: Final = StepsAsked(at_least_s=0.5, limit_s=5.0)
_ATTEMPTS: Final = 2
"""How often the steps are timed again where others keep the machine busy; the calmest count."""
_PARTS_S: Final = 40.0
Model = TypeVar("Model", Ceilings, PartsReport)


class Measurements:
    """Measures in a folder, and remembers what could not be, and what need not be measured again.

    Parameters
    ----------
    folder : Path
        Gets what the processes were asked, said and found.
    cache : Cache
    observer : StudyObserver
    fresh : bool
        Measure again what is kept.
    """

    def __init__(self, folder: Path, cache: Cache, observer: StudyObserver, *, fresh: bool) -> None:
        self._folder, self._cache, self._observer, self._fresh = folder, cache, observer, fresh
        self.unknown: dict[str, str] = {}
        self.kept: list[str] = []

    def step(self, recipe: Recipe) -> StepReport:
        """Time the recipe's steps.

        Raises
        ------
        wattlab.errors.UserError
            If they cannot be computed here.
        """
        self._observer.preparing("timing the steps")
        found = run_steps(recipe, _STEPS, self._folder, "steps")
        if isinstance(found, StepFailure):
            raise UserError(f"the steps of {recipe.name!r} could not be timed: {found.reason}")
        return self.calmer(recipe, found)

    def calmer(self, recipe: Recipe, found: StepReport) -> StepReport:
        """Time the steps again if others kept the machine busy meanwhile, and return the calmest report."""
        best = found
        for _ in range(_ATTEMPTS):
            if _load(best) <= BUSY:
                break
            self._observer.preparing("timing the steps again, as others were at work")
            again = run_steps(recipe, _STEPS, self._folder, "steps")
            if not isinstance(again, StepFailure) and _load(again) < _load(best):
                best = again
        return best

    def ceilings(self, recipe: Recipe) -> Ceilings | None:
        """Return the ceilings of this machine for the recipe's library, threads and device."""
        engine = recipe.engine
        threads = engine.threads or get_engine(engine.name).preferred_threads(recipe)
        library = "torch" if needs_torch(engine) else "numpy"
        kept = self._cache.path("ceilings", library, engine.device, threads)
        file = self._folder / "ceilings.toml"
        write_atomically(file, recipe.to_toml().encode())
        return self._measure("ceilings", measuring.MODULE, file, kept, Ceilings)

    def parts(self, recipe: Recipe, variants: Variants) -> PartsReport | None:
        """Return the times of the parts of a step, of the recipe and of its variants."""
        asked = variants.asked(recipe, _PARTS_S)
        kept = self._cache.path("parts", asked)
        file = self._folder / "parts.asked.json"
        write_atomically(file, asked.model_dump_json(indent=1).encode())
        return self._measure("parts", parts.MODULE, file, kept, PartsReport)

    def _measure(self, name: str, module: str, asked: Path, kept: Path, model: type[Model]) -> Model | None:
        found = None if self._fresh else self._cache.find(kept, model)
        if found is not None:
            self.kept.append(_NOUNS[name])
            return found
        self._observer.preparing(f"measuring the {_NOUNS[name]}")
        out = self._folder / f"{name}.json"
        ended = run_process(module_command(module, str(asked), str(out)), self._folder / f"{name}.log")
        if ended.failure is not None:
            self.unknown[name] = ended.failure
            return None
        try:
            found = read_model(out, model)
        except RunError as error:
            self.unknown[name] = str(error)
            return None
        self._cache.keep(kept, found)
        if self._cache.find(kept, model) is not None:
            self.kept.append(_NOUNS[name])
        return found

    def overhead(self, recipe: Recipe) -> Overhead:
        """Time steps of the same layers that have next to nothing to compute, as they are and compiled."""
        self._observer.preparing("timing a step that has nothing to compute")
        small = narrow(recipe)
        plain = run_steps(small, _FEW, self._folder, "narrow")
        if isinstance(plain, StepFailure):
            self.unknown["overhead"] = plain.reason
            return Overhead(None, reason=plain.reason)
        change = compiling_change(recipe)
        if not change:
            return Overhead(plain.step_s, foreign_load=_load(plain))
        try:
            compiled = small.with_changes(change)
            get_engine(compiled.engine.name).check_recipe(compiled)
        except (RecipeError, UserError) as error:
            return Overhead(plain.step_s, reason=str(error), foreign_load=_load(plain))
        self._observer.preparing("timing the same, compiled")
        found = run_steps(compiled, _FEW, self._folder, "narrow-compiled")
        if isinstance(found, StepFailure):
            return Overhead(plain.step_s, None, change, found.reason, _load(plain))
        return Overhead(plain.step_s, found.step_s, change, "", max(_load(plain), _load(found)))


_NOUNS: Final = {"ceilings": "ceilings of this machine", "parts": "parts of a step, each alone"}


def _load(report: StepReport) -> float:
    return report.cost.foreign.value or 0.0
