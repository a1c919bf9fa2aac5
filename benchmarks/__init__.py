"""Measurements with a bar: `python -m benchmarks` fails when one of them is missed."""
