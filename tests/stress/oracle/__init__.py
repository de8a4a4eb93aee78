"""The oracle: generated systems, changed at random and compared with their definitions."""
