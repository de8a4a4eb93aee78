"""Pure data: declarations and arithmetic, without I/O."""
