"""What was sent, before anything is read of it: its form, its wholeness, its text, its bounds.

reachable        whether the file a person names can be read at all
opening          the file itself, a directory, or the one delivery inside a zip (unpacking)
own_name         a delivery under a name of our own, in a private folder
file_format      what a file really is, judged by its bytes (plot_lines: the lines of 报部坐标)
completeness     whether all of it arrived; its hash
encoding         the encoding of its text; illegible: bytes that are no character
links drivers    what a text names outside itself; GDAL cut down to one driver a format
bounded sockets  a child process that reads within bounds, and has no network
"""
