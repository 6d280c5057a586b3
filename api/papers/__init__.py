"""What comes in on paper: files read as a person would, decided by the rules, recorded all or not at all."""
