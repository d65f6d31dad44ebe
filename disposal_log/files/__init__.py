"""A log as files: where they stand, how bytes are made to last, and reading them without writing."""
