"""What is inside a trained network: its weights as images, and how far its activations are saturated."""
