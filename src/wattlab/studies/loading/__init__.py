"""A study of where a training's input comes from, and what it costs to get it."""
