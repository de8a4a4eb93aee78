"""Mutants of the analysis: small faults, one at a time, each of which some test has to notice."""
