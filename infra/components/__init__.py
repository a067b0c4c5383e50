"""One module per component; a component never imports another."""
