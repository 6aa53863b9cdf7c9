"""Risk, gradient descent and capacity: what training does, on losses small enough to be looked at."""
