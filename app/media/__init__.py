"""Media: pictures that people upload, in a storage that DEFAULT_STORAGE_DSN names."""
