"""Which batch size is fast enough, which is the largest that fits, and how much memory is left."""
