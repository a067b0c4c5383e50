"""What processes print: read, filtered, merged and shown."""
