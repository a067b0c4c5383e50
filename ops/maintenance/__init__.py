"""A page instead of the application: what there is of it, how it begins and ends."""
