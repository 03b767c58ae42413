"""Coordinate systems, and the ways between them.

Shapes are stored in EPSG:4490 (CGCS2000, longitude first) and worked on in the 3-degree
Gauss-Krüger zone of their subject. Arrays in, arrays out; every function here may be called
from many threads at once.

systems    codes, names and WKT; zones
datums     the published ways between datums, and how good each is
transform  shapes from one system to another
"""
