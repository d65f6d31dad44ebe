"""Migrations of the catalogue; they travel in the wheel, so that an installed copy can upgrade."""
