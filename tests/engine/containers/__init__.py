"""One stack in containers for all modules here, in the order of their numbers."""
