"""Values and laws of disposal: what is legal, with no files, database or clock."""
