"""The tests of projections/."""
