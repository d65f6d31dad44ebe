"""Importing: reads schedules in the forms of others, and says of every row what became of it."""
