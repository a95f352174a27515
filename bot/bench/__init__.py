"""Measures this installation's code, each figure beside its bar and a baseline of the same run."""
