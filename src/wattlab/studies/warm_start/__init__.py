"""Warm starts against cold ones: what they save to the same target, with the cost of all earlier stages."""
