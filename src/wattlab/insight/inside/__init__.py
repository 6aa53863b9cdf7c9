"""What is inside a trained network: its weights as images, and how far its activations are saturated."""

from __future__ import annotations

from wattlab.insight.inside.saturation import LayerActivity, Saturation, find_saturation
from wattlab.insight.inside.weights import LayerWeights, layer_weights

__all__ = ["LayerActivity", "LayerWeights", "Saturation", "find_saturation", "layer_weights"]
