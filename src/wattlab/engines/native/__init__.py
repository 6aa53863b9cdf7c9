"""The native engine: explicit error back-propagation."""
