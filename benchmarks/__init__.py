"""Measurements behind the claims of the project; run each as `python -m benchmarks.NAME`."""
