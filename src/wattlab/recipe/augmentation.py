"""How training images are changed at random, anew in every epoch."""

from __future__ import annotations

from wattlab.recipe.base import Flag, Part, Whole

__all__ = ["Augmentation"]


class Augmentation(Part):
    """Random changes of the training images, in this order; test and validation images stay as they are.

    What is drawn depends on seed, epoch and sample alone, so every engine sees the same images.
    """

    flip: Flag = False
    """Mirror each image left to right with a probability of one half."""
    shift: Whole = 0
    """Move each image by up to so many pixels along both axes; what comes in is zero."""
    cutout: Whole = 0
    """Side, in pixels, of a square set to zero at a random place of each image (DeVries, Taylor, 2017); 0: none."""

    @property
    def is_on(self) -> bool:
        """Whether anything is changed."""
        return self.flip or self.shift > 0 or self.cutout > 0
