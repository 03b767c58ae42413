"""Tiles: what lies in a square of the map on a day, drawn or counted, and nothing cut in silence.

address   which square: its bounds, and the cells every point lies in
layers    which layers there are, and what each says of a row (layers.toml)
sources   where the rows of a layer come from on a day
rows      the rows of a source, or those of a run before with what changed since
index     where each row lies and from which day on it is what
mvt       the bytes of a vector tile that are ours
grid      rows counted by cell
tile      what of a tile is drawn, what is counted, within the bytes it may have
prebuilt  what they are counted off, made after a run and kept
maker     tiles of runs, each made once
told      what is said of the tiles of a layer, and their totals
kept      what was made once and is asked for again
archive   all tiles of a run in one file (PMTiles)
"""
