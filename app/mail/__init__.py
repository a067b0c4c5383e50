"""Mail: messages wait in the database until the worker has sent them."""
