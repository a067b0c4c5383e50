"""Operating a stack: one verb a module, found by the stack's name alone."""
