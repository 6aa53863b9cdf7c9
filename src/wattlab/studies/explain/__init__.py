"""What bounds a training on this machine, and what would help: ceilings, a measured step, causes, a trial."""
