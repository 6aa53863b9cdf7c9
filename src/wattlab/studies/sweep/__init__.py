"""``wattlab sweep``: every combination of some values, by the time, memory and energy of a training step."""
