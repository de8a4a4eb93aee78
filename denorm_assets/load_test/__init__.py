"""Load tests: virtual users read a system's pages."""
