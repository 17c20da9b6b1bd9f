"""Measurements of models on data that they never saw, one file per task: `python build.py eval TASK`."""
