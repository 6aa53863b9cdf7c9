"""Images changed at random on the device, pixel for pixel as `wattlab.data.augmentation.augmented` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

from wattlab.data.augmentation import draw

if TYPE_CHECKING:
    from wattlab.recipe.augmentation import Augmentation

    Tensor = torch.Tensor

__all__ = ["Augmenter"]


class Augmenter:
    """Changes images as the recipe says; what is drawn for an epoch comes to the device once.

    Parameters
    ----------
    spec : Augmentation
        The recipe's, that changes something.
    image_shape : (int, int, int)
        Rows, columns, channels.
    seed : int
        The recipe's.
    n_samples : int
        Of the training part.
    device : torch.device
    """

    def __init__(
        self,
        spec: Augmentation,
        image_shape: tuple[int, int, int],
        seed: int,
        n_samples: int,
        device: torch.device,
    ) -> None:
        self._spec, self._shape, self._seed = spec, image_shape, seed
        self._n_samples, self._device = n_samples, device
        rows, columns, _ = image_shape
        self._rows = torch.arange(rows, device=device)
        self._columns = torch.arange(columns, device=device)
        self._samples = torch.arange(n_samples, device=device)
        self._epoch: int | None = None
        self._draws = torch.zeros((0, 5), dtype=torch.int64, device=device)

    def begin(self, epoch: int) -> None:
        """Draw what changes each sample in an epoch."""
        if epoch == self._epoch:
            return
        draws = draw(self._spec, self._shape, self._seed, epoch, self._n_samples)
        self._draws, self._epoch = torch.from_numpy(draws).to(self._device), epoch

    def __call__(self, features: Tensor, rows: Tensor) -> Tensor:
        """Return changed images, flat.

        Parameters
        ----------
        features : Tensor of shape (n_rows, rows · columns · channels)
            Channels last.
        rows : Tensor of shape (n_rows,), int64
            Which samples they are.
        """
        flip, down, right, cut_row, cut_column = self._draws.index_select(0, rows).unbind(1)
        images = features.view(len(rows), *self._shape)
        if self._spec.flip:
            images = torch.where(flip[:, None, None, None] == 1, images.flip(2), images)
        if self._spec.shift:
            images = self._shifted(images, down, right)
        if self._spec.cutout:
            square = (
                self._within(self._rows, cut_row)[:, :, None]
                & self._within(self._columns, cut_column)[:, None]
            )
            images = images.masked_fill(square[..., None], 0)
        return images.reshape(len(rows), -1)

    def _shifted(self, images: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Return windows of the images with zeros around: several times faster than to take pixel by pixel."""
        most, (high, wide, _) = self._spec.shift, self._shape
        around = F.pad(images, (0, 0, most, most, most, most))
        windows = around.unfold(1, high, 1).unfold(2, wide, 1)
        return windows[self._samples[: len(images)], most - down, most - right].permute(0, 2, 3, 1)

    def _within(self, pixels: Tensor, centre: Tensor) -> Tensor:
        """Tell which rows or columns the square goes over, shape (n_rows, n_pixels)."""
        start = centre[:, None] - self._spec.cutout // 2
        return (pixels >= start) & (pixels < start + self._spec.cutout)
