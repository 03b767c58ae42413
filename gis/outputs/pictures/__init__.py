"""Charts as pictures for reports, drawn here without a browser.

chart  what is drawn: names, series, marks, shapes, and the table that says the same
svg    a chart as SVG, every figure in it the text of its table
png    that SVG as PNG, and whether this machine has a font for it
"""
