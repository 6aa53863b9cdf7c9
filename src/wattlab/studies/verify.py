"""Equal work first: the first steps of every candidate against a reference in float64, before anything is timed."""

from __future__ import annotations

import tempfile
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wattlab.cluster import probe
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.probe import Probe
from wattlab.engines.registry import get_engine
from wattlab.errors import RecipeError, RunError, UnsupportedError, UserError
from wattlab.recipe.engine import NativeChoice, TorchChoice
from wattlab.records.files import storage_errors, write_atomically
from wattlab.studies.agreement import NATIVE, compared, failed
from wattlab.studies.candidates import find_candidates, title
from wattlab.studies.folders import slug
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.question import Question, as_sequence
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe
    from wattlab.recipe.engine import EngineChoice
    from wattlab.studies.row import Verification

__all__ = ["STEPS", "Verifier", "check_steps", "check_timeout", "verify"]

STEPS: Final = 5
"""First steps that are computed: enough for momentum and bias corrections to show."""
# What does not decide the first steps.
_ASIDE: Final = {"name", "description", "engine", "evaluation", "stop", "checkpoint"}


def verify(
    recipes: Recipe | str | Sequence[Recipe | str],
    *,
    engines: Sequence[str] = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    changes: Mapping[str, Any] | None = None,
    threads: int | None = None,
    steps: int = STEPS,
    timeout_s: float | None = None,
    observer: StudyObserver | None = None,
) -> tuple[Verification, ...]:
    """Check that engines do the same work: the same losses and weights in the first steps.

    Each candidate computes in a process of its own, from the same weights and on the same batches, in float64
    where it can, and in its own number format. It takes its steps twice: batch by batch, of which losses and weights
    are compared, and an epoch's in one call as when it is timed, of which the weights are. The reference is the native
    engine in float64 on NumPy arrays, batch by batch; torch in float64 for networks that it does not have.
    Dropout and sampling noise are left out, as every library draws them in its own way.

    Parameters
    ----------
    recipes : Recipe, str or sequence of these
        Recipes, their names, or paths of TOML files.
    engines : sequence of str, optional
        Such as "torch" or "keras:jax"; left out: each recipe's own.
    vary : mapping of str to sequence, optional
        Values by field, such as ``{"precision": ["float64", "float32"]}``.
    changes : mapping of str, optional
        Values by path, for all alike.
    threads : int, optional
        For all recipes that leave them open; left out: all cores.
    steps : int
        How many updates.
    timeout_s : float, optional
        Longest time that one process may take.
    observer : StudyObserver, optional
        Told of every candidate.

    Returns
    -------
    tuple of Verification
        One for each candidate and number format; ``passed`` tells whether it agrees.

    Raises
    ------
    wattlab.errors.UserError
        If a recipe, engine or field is unknown, or none of the candidates can run.

    Examples
    --------
    >>> import wattlab
    >>> [one.passed for one in wattlab.verify("moons", engines=["native"])]
    [True, True]
    """
    check_steps(steps)
    check_timeout(timeout_s)
    candidates = find_candidates(Question(as_sequence(recipes), engines, vary, changes, threads))
    observer = observer or StudyObserver()
    labels = tuple(one.label for one in candidates)
    found: list[Verification] = []
    with termination_as_interrupt(), tempfile.TemporaryDirectory(prefix="wattlab-verify-") as folder:
        verifier = Verifier(Path(folder), steps, timeout_s, observer)
        # Why one is refused is in the answer, so it need not be told as progress, too.
        observer.started(StudyPlan(title(candidates), labels, {}, 0, 0, 0, None))
        try:
            for one in candidates:
                if one.refusal:
                    found.append(
                        failed(
                            one.label,
                            one.recipe.engine.precision,
                            steps,
                            one.refusal,
                            _reference_of(one.recipe).name,
                        )
                    )
                else:
                    found += verifier.verify(one.label, one.recipe)
        finally:
            observer.ended()
    return tuple(found)


def check_steps(steps: int) -> None:
    """Raise `wattlab.errors.UserError` unless there is something to verify."""
    if steps < 1:
        msg = f"steps is {steps}; expected a whole number of at least 1"
        raise UserError(msg)


def check_timeout(timeout_s: float | None) -> None:
    """Raise `wattlab.errors.UserError` unless a process may take some time, and not for ever."""
    if timeout_s is not None and not 0 < timeout_s < inf:
        msg = f"timeout is {timeout_s:g} s; expected more than 0 s, or none at all"
        raise UserError(msg)


class _Reference(NamedTuple):
    """Who a candidate is held against, and what it is called."""

    engine: EngineChoice
    name: str


def _reference_of(recipe: Recipe) -> _Reference:
    """Return our own engine where it knows the network, else torch."""
    aside = ", dropout and noise left out" if recipe.network.has_noise else ""
    dense_alone = recipe.model_copy(update={"engine": NativeChoice(precision="float64", arrays="numpy")})
    try:
        get_engine("native").check_recipe(dense_alone)
    except UnsupportedError:
        return _Reference(TorchChoice(name="torch", precision="float64"), f"torch in float64{aside}")
    return _Reference(dense_alone.engine, f"{NATIVE}{aside}")


class Verifier:
    """Holds candidates against the reference, which is computed once for each recipe.

    Parameters
    ----------
    folder : Path
        Where recipes, results and logs of the processes go.
    steps : int
    timeout_s : float or None
    observer : StudyObserver
    """

    def __init__(self, folder: Path, steps: int, timeout_s: float | None, observer: StudyObserver) -> None:
        self.folder, self.steps = folder, steps
        self.timeout_s, self.observer = timeout_s, observer
        self._references: dict[str, Probe | str] = {}

    def verify(self, label: str, recipe: Recipe) -> tuple[Verification, ...]:
        """Return what came out for a candidate: in float64 where it can, and in its own number format."""
        reference, who = self._reference(recipe), _reference_of(recipe).name
        own = recipe.engine.precision
        if isinstance(reference, str):
            return (self._told(failed(label, own, self.steps, reference, who)),)
        found = []
        exact = None if own == "float64" else _in_float64(recipe)
        if exact is not None:
            result = self._compared(label, exact, reference, may_refuse=True)
            found += [] if result is None else [result]
        result = self._compared(label, recipe, reference, may_refuse=False)
        return (*found, *([] if result is None else [result]))

    def _compared(
        self, label: str, recipe: Recipe, reference: Probe, *, may_refuse: bool
    ) -> Verification | None:
        """Return how a candidate did; None if it may refuse a number format, and does."""
        precision, who = recipe.engine.precision, _reference_of(recipe).name
        self.observer.verifying(label, precision)
        result, refused = self._probe(f"{label}-{precision}", recipe)
        if isinstance(result, Probe):
            return self._told(compared(label, precision, result, reference, who))
        if refused and may_refuse:
            return None
        return self._told(failed(label, precision, self.steps, result, who))

    def _told(self, found: Verification) -> Verification:
        self.observer.verified(found)
        return found

    def _reference(self, recipe: Recipe) -> Probe | str:
        """Return the reference's first steps, or why there are none."""
        key = recipe.model_dump_json(exclude=_ASIDE)
        if key not in self._references:
            engine, who = _reference_of(recipe)
            plain = recipe.model_copy(update={"engine": engine})
            self.observer.verifying(who, "float64")
            result, _ = self._probe(f"reference-{len(self._references)}", plain)
            failure = f"{who}, the reference, failed: {result}"
            self._references[key] = result if isinstance(result, Probe) else failure
        return self._references[key]

    def _probe(self, name: str, recipe: Recipe) -> tuple[Probe | str, bool]:
        """Compute first steps in a fresh process; return them, or its failure and whether it refused."""
        stem = slug(f"verify-{name}")
        paths = [self.folder / kind for kind in ("recipes", "logs", "probes")]
        for path in paths:
            with storage_errors(path):
                path.mkdir(exist_ok=True)
        source, log, out = paths[0] / f"{stem}.toml", paths[1] / f"{stem}.log", paths[2] / f"{stem}.npz"
        write_atomically(source, recipe.to_toml().encode())
        command = module_command(probe.MODULE, str(source), str(self.steps), str(out))
        ended = run_process(command, log, self.timeout_s)
        if ended.failure is not None:
            return ended.failure, ended.refused
        try:
            return Probe.load(out), False
        except RunError as error:
            return str(error), False
        finally:
            out.unlink(missing_ok=True)


def _in_float64(recipe: Recipe) -> Recipe | None:
    """Return the recipe in float64; None if its engine cannot do that."""
    changes = {"engine.precision": "float64"}
    if "loss_scale" in type(recipe.engine).model_fields:
        changes["engine.loss_scale"] = "dynamic"  # a fixed one is for float16 alone
    try:
        exact = recipe.with_changes(changes)
        get_engine(recipe.engine.name).check_recipe(exact)
    except (RecipeError, UnsupportedError):
        return None
    return exact
