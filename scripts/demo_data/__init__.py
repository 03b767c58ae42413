"""The made-up deliveries of the demo: a plan of rows and rectangles, and the files bureaus would send.

    clock_cases.toml, ground.toml   the hand-made part, dates and rectangles chosen by hand
    plan                            rows per kind; `planned(53)` is the demo, any other seed is drawn
    patterns, drawn                 ordinary subjects in fixed counts; everything drawn anew
    ground                          the grid: metres from a block's corner to shapes
    registers, vectors, coordinates, deliveries   the writers, byte for byte the same every time

Nothing here imports the program: what the files hold must not lean on what reads them.
"""

DEMO_SEED = 53
