"""Where a study's trials run: each in a fresh process of this machine."""
