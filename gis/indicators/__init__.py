"""Figures of blocks and parks: pure functions, areas in, rows of the indicator contract out."""
