"""Retention statements as real schedules word them, read into terms, or said to be beyond a machine."""
