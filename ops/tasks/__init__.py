"""Tasks that a person starts: commands and consoles."""
