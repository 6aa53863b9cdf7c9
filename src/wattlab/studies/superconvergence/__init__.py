"""``wattlab superconvergence``: whether one cycle with a large rate reaches a target before a constant rate does."""
