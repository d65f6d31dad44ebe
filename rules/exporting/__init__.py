"""Exporting: writes a schedule in the house forms and in those of others, and says what each could not hold."""
