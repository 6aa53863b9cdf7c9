"""Plots as data: marks in panels, drawn by matplotlib or plotly alike."""
