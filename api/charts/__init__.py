"""Pictures of figures, as SVG that needs nothing else to be looked at, printed or read aloud."""
