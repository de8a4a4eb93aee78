"""Definitions after public applications: how many are accepted, how many are kept by key, and whether all are right."""
