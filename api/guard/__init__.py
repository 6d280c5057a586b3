"""Hostile input, turned away before it costs anything (`docs/access.md`, Limits)."""
