"""``wattlab lr-range``: which learning rates are good, found by raising the rate step by step, then tried."""
