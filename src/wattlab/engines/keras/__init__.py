"""Keras 3 on TensorFlow, JAX or torch. Only ``engine.py``, ``backend.py``, ``checks.py`` load without Keras."""
