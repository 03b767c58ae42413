"""Findings of a stored run as files that people open elsewhere; nothing here judges."""
