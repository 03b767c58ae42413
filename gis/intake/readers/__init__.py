"""One reader for each form a delivery comes in; each hands over a `Table`.

vector           shapefile, FileGDB, GeoPackage, GeoJSON through GDAL (aliases, layers, layer_types)
arrow            Arrow tables as frames, and GeoParquet
dbf              a shapefile's table from its own bytes; written_days: days as a GeoPackage has them
geopackage       a GeoPackage's own list of its contents
coordinates      报部坐标 TXT, read and written; plots: its rings put together
registers        sheets and CSV with titles, tall headers, totals (header_rows, record_rows)
workbook         Excel: cells, and what they do not show (sheets_xml, sheets_binary, compound_file,
                 cell_bounds)
delimited        CSV
shapes_in_text   WKT, or WKB in hexadecimal, in a column
curves limits    shapes with arcs as polygons; the limits shapes are read by (shapes.toml)
raster           what an image says of itself
"""
