"""The made-up deliveries of the demo: a plan of rows and rectangles, then the files of bureaus.

    clock_cases.toml, ground.toml   the hand-made part, dates and rectangles chosen by hand
    plan                            rows per kind; `planned(53)` is the demo, other seeds are drawn
    patterns, drawn                 ordinary subjects in fixed counts; everything drawn anew
    ground                          the grid: metres from a block's corner to shapes
    register_columns, layer_columns the headers real files show
    registers, vectors, coordinates the writers, byte for byte the same every time
    bad_rows                        one fault of each sort, apart from the demo
    deliveries                      all files of a plan and the list of them

Nothing here imports the program: what the files hold must not lean on what reads them.
"""

DEMO_SEED = 53
