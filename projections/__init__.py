"""What can be asked: facts on two clocks, the projector that adds them, the SQL functions that answer."""
