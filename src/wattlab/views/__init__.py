"""Draws what the others computed: terminal, figures, report. Computes nothing, save tables and comparison."""
