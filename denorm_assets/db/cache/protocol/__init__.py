"""Keys, encodings and Lua scripts: what stands in Redis."""
