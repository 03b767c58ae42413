"""Approvals overlaid with supplies, withdrawals and one another: pieces, pairs and sums.

settings   limits of edges and slivers, filled from the law's data
pairs      which shapes meet, in which area (many to many)
groups     coverages and unions, group by group
fitting    supplies proved to lie edge on edge in one approval
claims     who asks for which part of an approval, in order
shares     who gets it, and what nobody claims (coverage proved, then united)
built      what remains and is built already
grade      what remains, told by its shape
noding     rings that carry every vertex of their neighbours
places     blocks and parks, adjoining supplies
plane      the overlay of one zone, shapes in metres
zones      the overlay of stored shapes, EPSG:4490
touch      which stored shapes it would bring together
"""

from gis.overlay.plane import WORDS, Overlay, plane_overlay
from gis.overlay.settings import Settings
from gis.overlay.zones import overlay

__all__ = ["WORDS", "Overlay", "Settings", "overlay", "plane_overlay"]
