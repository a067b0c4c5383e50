"""Ways into a task, and through one to the database."""
