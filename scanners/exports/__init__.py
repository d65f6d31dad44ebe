"""Reading what other systems exported: inventories, content packages and trees with metadata beside them.

An export is a claim about an original that lies elsewhere. It is never the original, and what it does not state
is unknown, not absent.
"""
