"""Reading: bytes into tables, elements and values, each within bounds and each refusal with its place."""
