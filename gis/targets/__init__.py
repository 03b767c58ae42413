"""Yearly tasks against what was done: counted within the frozen base, rated, and what follows."""
