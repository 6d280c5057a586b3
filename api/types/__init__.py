"""What can be asked for: the read types, each declared with its source, and the events."""
