"""What a trained network learned, and the geometry and theory behind it. Computes; draws nothing."""
