"""The one writer of a log: made new, opened, recovered after anything, appended to."""
