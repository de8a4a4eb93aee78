"""Metrics of the worker for Prometheus; needs the extra `metrics`."""
