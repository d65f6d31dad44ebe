"""What stands in a log, value by value: canonical JSON, commitments, entries, checkpoints, certificates."""
