"""What is kept of a training: one folder a run, written whole or not at all."""
