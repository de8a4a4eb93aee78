"""Schema work as a value: operations and steps, and what objects still need."""
