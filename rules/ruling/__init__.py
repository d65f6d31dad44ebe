"""Ruling: a class, its term, its clauses and the dates put together for one file."""
