"""Telling people about failures."""
