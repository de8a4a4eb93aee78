"""Reading definitions: which rows a change can affect, and why a definition is refused."""
