"""The read schema in SQL, in the order in which it is run."""
