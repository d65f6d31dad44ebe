"""Forms: one module each, which recognises a file of its kind and reads it into a draft."""
