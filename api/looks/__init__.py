"""Who looked at personal data: put on record before anything leaves."""
