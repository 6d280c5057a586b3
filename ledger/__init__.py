"""How it is kept: the append-only event store on PostgreSQL."""
