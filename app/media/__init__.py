"""Media: pictures that people upload."""
