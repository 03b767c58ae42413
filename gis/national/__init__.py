"""What the national monitoring system lists, laid beside what we do: row by row, storing no fact.

    lists     the lists that can be exported from it, and which of their columns are compared
    compare   an export beside our own list: pure, frames in, a frame out

Numbers are compared in the form `gis.identifiers` gives them and never merged because they are
alike: a number near to one of ours is told, and a person decides.
"""
