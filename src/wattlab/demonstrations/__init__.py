"""Small exact experiments on what the sources tell of: SIMD lanes, fused multiply-add, underflow, sums."""

from wattlab.demonstrations.catalog import DEMONSTRATIONS, demonstrate
from wattlab.demonstrations.outcome import Demonstrated, Outcome

__all__ = ["DEMONSTRATIONS", "Demonstrated", "Outcome", "demonstrate"]
