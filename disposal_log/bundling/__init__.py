"""What leaves the office: the verifier in one file, to go with a copy of a log."""
