"""Measurements: ratios to what PostgreSQL itself does in the same run."""
