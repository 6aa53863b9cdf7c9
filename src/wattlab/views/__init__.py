"""Draws what the others computed: terminal, figures, report. Computes in tables and comparison alone."""
