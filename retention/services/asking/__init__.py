"""Asking: what only people know is asked once for each case, and what they attest is kept and logged."""
