"""Schedules: the version in force, and all that is done with others: checked, compared, previewed, published."""
