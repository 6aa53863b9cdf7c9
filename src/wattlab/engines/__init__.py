"""Who computes: engines that run the same recipe on the same batches from the same initial weights."""
