"""Who may do and see what: tokens, offices, and what each office sees (`docs/access.md`)."""
