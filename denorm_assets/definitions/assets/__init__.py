"""Assets: phases, ranges, read models, indexes, caches, cutover and monitoring."""
