"""Checking: advice on a schedule that loads, and the examples that it carries, run."""
