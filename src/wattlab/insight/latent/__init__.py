"""Latent spaces: what an autoencoder's code looks like, held against a normal distribution."""

from __future__ import annotations

from wattlab.insight.latent.decoding import Decoded, draw_samples, interpolate, walk
from wattlab.insight.latent.latent import Latent, latent, latent_of
from wattlab.insight.latent.normality import (
    AxisTest,
    Mardia,
    StandardTest,
    against_standard,
    axis_tests,
    mardia,
)

__all__ = [
    "AxisTest",
    "Decoded",
    "Latent",
    "Mardia",
    "StandardTest",
    "against_standard",
    "axis_tests",
    "draw_samples",
    "interpolate",
    "latent",
    "latent_of",
    "mardia",
    "walk",
]
