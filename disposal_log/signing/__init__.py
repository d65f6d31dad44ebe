"""Signatures and keys as they are published: signed notes, public keys, and fingerprints in words."""
