"""How changes of sources reach the rows of a read model."""
