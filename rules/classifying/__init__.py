"""Classifying: which disposal class a file belongs to, with every reason."""
