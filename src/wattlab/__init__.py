"""wattlab: what training a neural network costs on your machine, and how to make it cost less.

Names are loaded when they are first used, so that importing wattlab costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wattlab import keras, lightning, torch, transformers
    from wattlab.data import Dataset, load
    from wattlab.demonstrations import demonstrate
    from wattlab.estimators import MLPClassifier, MLPRegressor
    from wattlab.meter import Cost, Meter, Quantity
    from wattlab.meter.decorator import measured
    from wattlab.recipe import Recipe
    from wattlab.records.history import History
    from wattlab.records.listing import RunList, runs
    from wattlab.records.model import Model
    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run
    from wattlab.studies.batch_size.answer import BatchSizes
    from wattlab.studies.batch_size.asked import BatchSizeAsked
    from wattlab.studies.batch_size.study import find_batch_size
    from wattlab.studies.clusters.answer import Clusters
    from wattlab.studies.clusters.asked import ClustersAsked
    from wattlab.studies.clusters.study import clusters
    from wattlab.studies.compare import StudyInterrupted, compare
    from wattlab.studies.explain.answer import Explanation
    from wattlab.studies.explain.study import explain
    from wattlab.studies.explain.subject import ExplainAsked
    from wattlab.studies.lr_range.answer import LrRange
    from wattlab.studies.lr_range.asked import LrRangeAsked
    from wattlab.studies.lr_range.study import lr_range
    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.study import Study
    from wattlab.studies.superconvergence.answer import Superconvergence
    from wattlab.studies.superconvergence.asked import SuperconvergenceAsked
    from wattlab.studies.superconvergence.study import superconvergence
    from wattlab.studies.sweep.answer import Sweep
    from wattlab.studies.sweep.asked import SweepAsked
    from wattlab.studies.sweep.study import sweep
    from wattlab.studies.target.answer import Target
    from wattlab.studies.target.asked import TargetAsked
    from wattlab.studies.target.study import target
    from wattlab.studies.threads.answer import Threads
    from wattlab.studies.threads.asked import ThreadsAsked
    from wattlab.studies.threads.study import threads
    from wattlab.studies.tune.answer import Tune
    from wattlab.studies.tune.asked import TuneAsked
    from wattlab.studies.tune.study import tune
    from wattlab.studies.verify import verify
    from wattlab.studies.warm_start.answer import WarmStarts
    from wattlab.studies.warm_start.asked import WarmStartAsked
    from wattlab.studies.warm_start.study import warm_start
    from wattlab.training import Observer, TrainingInterrupted, resume, train
    from wattlab.training.preview import Preview, preview
    from wattlab.views.answers import draw, write
    from wattlab.views.plots.boundaries import plot_boundaries
    from wattlab.views.plots.boundary import plot_boundary
    from wattlab.views.plots.boundary_surface import plot_boundary_surface
    from wattlab.views.plots.capacity import plot_capacity
    from wattlab.views.plots.centroids import plot_centroids
    from wattlab.views.plots.composition import plot_composition
    from wattlab.views.plots.confusion import plot_confusion
    from wattlab.views.plots.contour import plot_contours
    from wattlab.views.plots.decoded import plot_decoded
    from wattlab.views.plots.descent import plot_descent
    from wattlab.views.plots.divergence import plot_divergence
    from wattlab.views.plots.epochs import plot_epochs
    from wattlab.views.plots.film import save_film
    from wattlab.views.plots.landscape import plot_landscape
    from wattlab.views.plots.latent import plot_latent
    from wattlab.views.plots.latent_map import plot_latent_map
    from wattlab.views.plots.members import plot_members
    from wattlab.views.plots.mistakes import plot_mistakes
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.risk import plot_risk
    from wattlab.views.plots.saturation import plot_saturation
    from wattlab.views.plots.shear import plot_shear
    from wattlab.views.plots.silhouette import plot_silhouette
    from wattlab.views.plots.weights import plot_weights

__version__ = "0.1.0"

_HOMES = {
    "BatchSizeAsked": "wattlab.studies.batch_size.asked",
    "BatchSizes": "wattlab.studies.batch_size.answer",
    "Clusters": "wattlab.studies.clusters.answer",
    "ClustersAsked": "wattlab.studies.clusters.asked",
    "Cost": "wattlab.meter",
    "Dataset": "wattlab.data",
    "ExplainAsked": "wattlab.studies.explain.subject",
    "Explanation": "wattlab.studies.explain.answer",
    "History": "wattlab.records.history",
    "LrRange": "wattlab.studies.lr_range.answer",
    "LrRangeAsked": "wattlab.studies.lr_range.asked",
    "MLPClassifier": "wattlab.estimators",
    "MLPRegressor": "wattlab.estimators",
    "Meter": "wattlab.meter",
    "Model": "wattlab.records.model",
    "Observer": "wattlab.training",
    "Plot": "wattlab.views.plots.plot",
    "Preview": "wattlab.training.preview",
    "Quantity": "wattlab.meter",
    "Recipe": "wattlab.recipe",
    "Run": "wattlab.records.run",
    "RunList": "wattlab.records.listing",
    "RunRecord": "wattlab.records.record",
    "Study": "wattlab.studies.study",
    "StudyInterrupted": "wattlab.studies.compare",
    "StudyObserver": "wattlab.studies.observer",
    "Superconvergence": "wattlab.studies.superconvergence.answer",
    "SuperconvergenceAsked": "wattlab.studies.superconvergence.asked",
    "Sweep": "wattlab.studies.sweep.answer",
    "SweepAsked": "wattlab.studies.sweep.asked",
    "Target": "wattlab.studies.target.answer",
    "TargetAsked": "wattlab.studies.target.asked",
    "Threads": "wattlab.studies.threads.answer",
    "ThreadsAsked": "wattlab.studies.threads.asked",
    "TrainingInterrupted": "wattlab.training",
    "Tune": "wattlab.studies.tune.answer",
    "TuneAsked": "wattlab.studies.tune.asked",
    "WarmStartAsked": "wattlab.studies.warm_start.asked",
    "WarmStarts": "wattlab.studies.warm_start.answer",
    "clusters": "wattlab.studies.clusters.study",
    "compare": "wattlab.studies.compare",
    "demonstrate": "wattlab.demonstrations",
    "draw": "wattlab.views.answers",
    "explain": "wattlab.studies.explain.study",
    "find_batch_size": "wattlab.studies.batch_size.study",
    "load": "wattlab.data",
    "load_ipython_extension": "wattlab.magics",
    "lr_range": "wattlab.studies.lr_range.study",
    "measured": "wattlab.meter.decorator",
    "plot_boundaries": "wattlab.views.plots.boundaries",
    "plot_boundary": "wattlab.views.plots.boundary",
    "plot_boundary_surface": "wattlab.views.plots.boundary_surface",
    "plot_capacity": "wattlab.views.plots.capacity",
    "plot_centroids": "wattlab.views.plots.centroids",
    "plot_composition": "wattlab.views.plots.composition",
    "plot_confusion": "wattlab.views.plots.confusion",
    "plot_contours": "wattlab.views.plots.contour",
    "plot_decoded": "wattlab.views.plots.decoded",
    "plot_descent": "wattlab.views.plots.descent",
    "plot_divergence": "wattlab.views.plots.divergence",
    "plot_epochs": "wattlab.views.plots.epochs",
    "plot_landscape": "wattlab.views.plots.landscape",
    "plot_latent": "wattlab.views.plots.latent",
    "plot_latent_map": "wattlab.views.plots.latent_map",
    "plot_members": "wattlab.views.plots.members",
    "plot_mistakes": "wattlab.views.plots.mistakes",
    "plot_risk": "wattlab.views.plots.risk",
    "plot_saturation": "wattlab.views.plots.saturation",
    "plot_shear": "wattlab.views.plots.shear",
    "plot_silhouette": "wattlab.views.plots.silhouette",
    "plot_weights": "wattlab.views.plots.weights",
    "preview": "wattlab.training.preview",
    "resume": "wattlab.training",
    "runs": "wattlab.records.listing",
    "save_film": "wattlab.views.plots.film",
    "superconvergence": "wattlab.studies.superconvergence.study",
    "sweep": "wattlab.studies.sweep.study",
    "target": "wattlab.studies.target.study",
    "threads": "wattlab.studies.threads.study",
    "train": "wattlab.training",
    "tune": "wattlab.studies.tune.study",
    "verify": "wattlab.studies.verify",
    "warm_start": "wattlab.studies.warm_start.study",
    "write": "wattlab.views.answers",
}

_MODULES = ("keras", "lightning", "torch", "transformers")
"""Costs from inside other libraries; none of these modules loads its library before it is used."""

__all__ = [
    "BatchSizeAsked",
    "BatchSizes",
    "Clusters",
    "ClustersAsked",
    "Cost",
    "Dataset",
    "ExplainAsked",
    "Explanation",
    "History",
    "LrRange",
    "LrRangeAsked",
    "MLPClassifier",
    "MLPRegressor",
    "Meter",
    "Model",
    "Observer",
    "Plot",
    "Preview",
    "Quantity",
    "Recipe",
    "Run",
    "RunList",
    "RunRecord",
    "Study",
    "StudyInterrupted",
    "StudyObserver",
    "Superconvergence",
    "SuperconvergenceAsked",
    "Sweep",
    "SweepAsked",
    "Target",
    "TargetAsked",
    "Threads",
    "ThreadsAsked",
    "TrainingInterrupted",
    "Tune",
    "TuneAsked",
    "WarmStartAsked",
    "WarmStarts",
    "clusters",
    "compare",
    "demonstrate",
    "draw",
    "explain",
    "find_batch_size",
    "keras",
    "lightning",
    "load",
    "lr_range",
    "measured",
    "plot_boundaries",
    "plot_boundary",
    "plot_boundary_surface",
    "plot_capacity",
    "plot_centroids",
    "plot_composition",
    "plot_confusion",
    "plot_contours",
    "plot_decoded",
    "plot_descent",
    "plot_divergence",
    "plot_epochs",
    "plot_landscape",
    "plot_latent",
    "plot_latent_map",
    "plot_members",
    "plot_mistakes",
    "plot_risk",
    "plot_saturation",
    "plot_shear",
    "plot_silhouette",
    "plot_weights",
    "preview",
    "resume",
    "runs",
    "save_film",
    "superconvergence",
    "sweep",
    "target",
    "threads",
    "torch",
    "train",
    "transformers",
    "tune",
    "verify",
    "warm_start",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"wattlab.{name}")
    if name not in _HOMES:
        msg = f"module 'wattlab' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
