"""What is done to the features before the network sees them, always fitted on the training part only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wattlab.recipe.base import Count, Flag, NonNegative, Part, Whole

__all__ = [
    "Clusters",
    "DropConstant",
    "MeanPool",
    "NoReduction",
    "Preparation",
    "PrincipalComponents",
    "RandomProjection",
    "Reduction",
    "Scaling",
]

Scaling = Literal["none", "bytes", "standard", "min-max", "normalise"]
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]


class NoReduction(Part):
    """All features are kept."""

    kind: Literal["none"] = "none"


class DropConstant(Part):
    """Leave out features that are constant over the training part, such as MNIST's unused border pixels.

    Where the constant is zero (unused pixels; anything after standard scaling), predictions are exactly those of the
    network that keeps them. Any other constant acts like one more bias, which is lost with it.
    """

    kind: Literal["drop-constant"] = "drop-constant"


class Clusters(Part):
    """Distances to the centres of clusters, found by scikit-learn's mini-batch k-means: one feature a cluster."""

    kind: Literal["clusters"] = "clusters"
    n_clusters: Count
    """Clusters, and so features that are left; at most as many as training samples."""
    batch_size: Count = 1024
    """Samples of a mini-batch."""
    n_init: Count = 3
    """Starts that are tried on a few samples; the best one goes on."""
    max_iter: Count = 100
    """Most passes over the samples."""
    max_no_improvement: Whole = 10
    """Mini-batches without a smaller smoothed inertia that end the search; 0: they do not."""
    tol: NonNegative = 0.0
    """Relative change of the centres that ends the search; 0: it does not."""
    seed: Whole = 0
    """Decides starts and mini-batches; apart from the recipe's seed."""
    fit_on: Literal["train", "train-and-test"] = "train"
    """train-and-test: the features of the test part are learned from, too, as the blog did; scores are optimistic."""


class PrincipalComponents(Part):
    """The directions of largest variance, by scikit-learn's PCA."""

    kind: Literal["pca"] = "pca"
    n_components: Annotated[Count | Share, Field(union_mode="left_to_right")]
    """Components that are left, such as 70; or the share of the variance that they keep at least, such as 0.95."""
    whiten: Flag = False
    """Divide each component by its standard deviation."""
    seed: Whole = 0
    """Only used where scikit-learn takes a randomised method, for more than 1000 features."""


class MeanPool(Part):
    """The mean of each square of pixels: an image of lower resolution, for convolutional networks as well."""

    kind: Literal["pool"] = "pool"
    factor: Annotated[int, Field(strict=True, ge=2)] = 2
    """Rows and columns of a square; both must divide the image's. Bytes that stay bytes are rounded."""


class RandomProjection(Part):
    """Random directions, which nearly keep distances, by scikit-learn; nothing is learned."""

    kind: Literal["random-projection"] = "random-projection"
    n_components: Count
    """Features that are left."""
    matrix: Literal["gaussian", "sparse"] = "gaussian"
    """sparse: all but 1 in √features of the entries are 0 (Li, Hastie and Church, 2006)."""
    seed: Whole = 0
    """Decides the directions; apart from the recipe's seed."""


Reduction = Annotated[
    NoReduction | DropConstant | Clusters | PrincipalComponents | MeanPool | RandomProjection,
    Field(discriminator="kind"),
]
PIXELS = ("none", "drop-constant", "pool")
"""Kinds after which a feature is still a pixel."""


class Preparation(Part):
    """Scaling, reduction, scaling, in this order."""

    before: Scaling = "none"
    """Scaling before the reduction: none, bytes (÷ 255), standard, min-max, or normalise (per sample)."""
    reduction: Reduction = NoReduction()
    """Fewer features: none, drop-constant, clusters, pca, pool or random-projection."""
    after: Scaling = "none"
    """Scaling after the reduction, with the same choices."""

    @property
    def learns_from_test(self) -> bool:
        """Whether the test part's features are learned from, too."""
        return isinstance(self.reduction, Clusters) and self.reduction.fit_on == "train-and-test"

    @property
    def least_samples(self) -> int:
        """Training samples that the reduction needs."""
        match self.reduction:
            case Clusters(n_clusters=count):
                return count
            case PrincipalComponents(n_components=int(count)):
                return count
            case _:
                return 1

    def with_least_work(self) -> Preparation:
        """Return a preparation that leaves as many features, found with as little work as possible."""
        if not isinstance(self.reduction, Clusters):
            return self
        quick = {"n_init": 1, "max_iter": 1, "fit_on": "train"}
        return self.model_copy(update={"reduction": self.reduction.model_copy(update=quick)})

    @model_validator(mode="after")
    def _bytes_are_left(self) -> Preparation:
        kind = self.reduction.kind
        if self.after == "bytes" and kind not in PIXELS:
            msg = (
                f"after is 'bytes', which divides pixels by 255, but reduction.kind {kind!r} leaves no pixels: "
                "set before = 'bytes', and after = 'standard' or 'none'"
            )
            raise ValueError(msg)
        return self
