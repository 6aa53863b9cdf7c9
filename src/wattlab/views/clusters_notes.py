"""What stands around the table of a study of clusters: how it was made, how to read it, what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views.row_notes import counted, labels_text
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from wattlab.studies.clusters.answer import Clusters

__all__ = ["circumstances", "conclusions", "machine", "reading", "remarks", "troubles"]

_SCALINGS: Final = {
    "none": "not scaled",
    "bytes": "divided by 255",
    "standard": "scaled to mean 0 and variance 1",
    "min-max": "scaled to 0 … 1",
    "normalise": "each sample scaled to norm 1",
}
_SPACES: Final = {"features": "among the scaled features", "distances": "among the distances to the centres"}


def circumstances(answer: Clusters) -> str:
    """Return in one line how and when the study was made."""
    plan = answer.plan
    seeds = counted(plan.seeds, "seed")
    rounds = "no steps timed" if plan.rounds == 0 else f"steps in {counted(plan.rounds, 'round')}"
    done = () if answer.complete else ("not finished",)
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    return " · ".join((*done, seeds, rounds, plan.data_source, when, f"wattlab {answer.wattlab_version}"))


def machine(answer: Clusters) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def conclusions(answer: Clusters) -> tuple[Remark, ...]:
    """Return what came out."""
    return tuple(Remark("", text) for text in answer.verdicts)


def reading(answer: Clusters) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    plan = answer.plan
    among = f"{plan.n_samples:,} samples of {plan.n_features:,} features, {_SCALINGS[plan.scaling]}"
    said = [f"Found by scikit-learn's mini-batch k-means among {among}{_settings(answer)}."]
    if answer.silhouette_samples:
        which = "all" if answer.silhouette_exact else f"{answer.silhouette_samples:,} of the"
        said.append(f"Silhouette: of {which} samples, {_SPACES[plan.reduction_asked.space]}.")
    said.append(
        "Data ready in: all that prepares training, validation and test part, importing scikit-learn included."
    )
    if any(row.ratio for row in answer.reduced):
        said.append(
            f"Network: that of {plan.recipe}, batch size {plan.batch_size}. Ratio: time of a step over that with all "
            "features in the same round. Pays from: so many epochs save as much as the longer preparation takes; its "
            "interval follows from that of the ratio."
        )
    return tuple(said)


def _settings(answer: Clusters) -> str:
    names = ("n_init", "batch_size", "max_iter")
    return "".join(f", {name} = {answer.plan.settings[name]}" for name in names)


def troubles(answer: Clusters) -> tuple[tuple[str, Remark], ...]:
    """Return what failed."""
    said: dict[str, list[str]] = {}
    for row in answer.rows:
        for text in row.failures:
            said.setdefault(text, []).append(row.label)
    return tuple(("failed", Remark(labels_text(labels), text)) for text, labels in said.items())


def remarks(answer: Clusters) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["Not every trial was run; what is known so far is shown."]
    busy = [row.label for row in answer.rows if any("kept the machine busy" in note for note in row.notes)]
    text = "other processes kept the machine busy: times are longer than need be"
    label = "" if len(busy) == len(answer.rows) else labels_text(busy or [""])
    disturbed = [Remark(label, text)] if busy else []
    return (*(Remark("", note) for note in (*unfinished, *answer.notes)), *disturbed)
