"""The catalogue: the only room that knows SQLAlchemy."""
