"""Fewer features: fitted on the training part, applied to every sample."""
