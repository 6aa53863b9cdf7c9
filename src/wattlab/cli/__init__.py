"""The command line: one file a verb; arguments go to the library, results to a view."""
