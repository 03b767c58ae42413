"""Maps that open without a network: one page per block, and an index page over the blocks."""
