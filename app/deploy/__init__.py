"""`flask deploy`: role, schema and first administrator, brought up to date."""
