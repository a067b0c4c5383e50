"""What `doctor` looks at: one noun a module, each with `CHECK`."""
