"""Small exact experiments on what the sources tell of: SIMD lanes, fused multiply-add, underflow, sums."""

from wattlab.demonstrations.catalog import DEMONSTRATIONS, demonstrate

__all__ = ["DEMONSTRATIONS", "demonstrate"]
