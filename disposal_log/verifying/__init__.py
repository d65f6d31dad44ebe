"""Verification from the outside: no private key, no database, no engine; only the files of a log."""
