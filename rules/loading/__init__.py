"""Loading: reads a schedule in the house form (docs/schedule-format.md), strictly."""
