"""The dossier's own verifier: that it holds where it should, and nowhere else."""
