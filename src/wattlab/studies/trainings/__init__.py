"""Whole trainings of some candidates, each seed in a process of its own, and what they tell about a target."""
