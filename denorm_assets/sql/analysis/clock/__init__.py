"""The clock in definitions: where it is read, what stands for it, and what time alone alters."""
