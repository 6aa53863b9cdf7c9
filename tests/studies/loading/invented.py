"""A loading study that nobody ran, with numbers known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.machine.fingerprint import describe_machine
from wattlab.meter import Cost, measured
from wattlab.studies.loading.answer import Loading, LoadingTrial
from wattlab.studies.loading.bound import training_of
from wattlab.studies.loading.caches import advise
from wattlab.studies.loading.files import FileEntry
from wattlab.studies.loading.places import Place
from wattlab.studies.loading.plan import FileSet, LoadingPlan, PlannedTraining, Variant, variants
from wattlab.studies.loading.rows import make_rows
from wattlab.studies.loading.trial import Measured
from wattlab.studies.loading.verdicts import verdict_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.loading.plan import Kind

DISK = Place(kind="SSD", mount="/", file_system="ext4", source="/dev/sda1")
NETWORK = Place(kind="network", mount="/net", file_system="nfs4", source="server:/scans")
GB = 10**9


def file_set(name: str = "as they are", reader: str = "npy", place: Place = DISK, **facts: object) -> FileSet:
    files = tuple(
        FileEntry(path=f"/data/{number}.{reader}", size_B=GB // 10, modified_ns=0, reader="npy")
        for number in range(10)
    )
    return FileSet(name=name, place=place, reader=reader, files=files, **facts)  # type: ignore[arg-type]


def make_plan(
    sets: Sequence[FileSet] = (file_set(),),
    extra: Sequence[str] = ("raw",),
    workers: Sequence[tuple[int, Kind]] = ((1, "alone"),),
    available_B: int = 8 * GB,
    rates: tuple[float, ...] | None = None,
    samples: int | None = 1000,
    scale: int = 1,
) -> LoadingPlan:
    machine = describe_machine()
    return LoadingPlan(
        wattlab_version=__version__,
        id="invented",
        title="invented: 10 files",
        created_utc="2026-01-02T03:04:05",
        machine={**machine.to_dict(), "line": "a machine"},
        sets=tuple(sets),
        variants=variants(sets, extra, workers, available_B),
        rounds=5,
        order_seed=0,
        whole_B=GB * scale,
        n_whole=10 * scale,
        samples=samples,
        available_B=available_B,
        training=None if rates is None else PlannedTraining(label="mine", rates=rates),
        notes=("A note.",),
    )


def make_trials(
    plan: LoadingPlan, seconds: Callable[[Variant], float | None], rounds: int = 5
) -> tuple[LoadingTrial, ...]:
    """Return trials whose times differ by 1 % from round to round; None: it failed."""
    return tuple(
        _trial(index, number, seconds(variant))
        for number in range(rounds)
        for index, variant in enumerate(plan.variants)
        if not variant.refusal
    )


def _trial(index: int, number: int, seconds: float | None) -> LoadingTrial:
    if seconds is None:
        return LoadingTrial(variant=index, round=number, measured=None, failure="it broke", foreign_load=0.0)
    wall_s = seconds * (1 + 0.01 * number)
    found = Measured(
        wall_s=wall_s,
        cpu_s=wall_s / 2,
        start_s=0.3,
        delivered_B=2 * GB,
        storage_B=0,
        cached_before=None,
        cost=cost(wall_s),
    )
    return LoadingTrial(variant=index, round=number, measured=found, foreign_load=0.0)


def cost(wall_s: float) -> Cost:
    joules = measured(20 * wall_s, "J", "rapl:package-0")
    seconds = measured(wall_s, "s", "clock:wall")
    none = measured(0.0, "J", "rapl:package-0")
    return Cost(
        wall=seconds, cpu=seconds, energy=joules, idle=none, net=joules, peak_memory=measured(1.0, "B", "rss")
    )


def make_answer(plan: LoadingPlan, trials: Sequence[LoadingTrial]) -> Loading:
    training = None if plan.training is None else training_of(plan.training, (), ())
    rows = make_rows(plan, trials, training)
    caches = advise(plan, rows, trials, training)
    return Loading(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        rounds=plan.rounds,
        complete=True,
        sets=plan.sets,
        n_whole=plan.n_whole,
        whole_B=plan.whole_B,
        samples=plan.samples,
        rows=rows,
        trials=tuple(trials),
        training=training,
        caches=caches,
        verdicts=verdict_sentences(rows, training, caches, plan.samples),
        notes=plan.notes,
    )


SECONDS = {"cold": 4.0, "warm": 1.0, "memory": 0.5}


def usual(variant: Variant) -> float:
    """Return 4 s cold, 1 s warm, 0.5 s from memory; plain bytes take half of that."""
    return SECONDS[variant.cache] * (0.5 if variant.reader == "raw" else 1.0)
