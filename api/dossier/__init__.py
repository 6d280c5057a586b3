"""The dossier: one file about one person that can be checked without us (docs/proofs.md).

`make` brings it together: `evidence` from the log, the claims from the API, `page` for people to read. What
checks it, `verify_dossier.py`, goes into it and imports nothing from here.
"""
