"""The kernel: shapes in, arrays out. It knows no law, no paper and no store.

areas       in the plane and on the ellipsoid
exact_areas areas without a roundoff, whose parts add up to the last digit
clean       rounded once, valid, of areas alone
by_zone     stored shapes in the plane of a zone, and which may meet there
pairs       which shapes meet, in which area (many to many)
groups      coverages and unions, group by group
coverage    supplies proved to lie edge on edge in one approval
faces       land divided once: what any of its plots leave, told without a cut
face_answers what faces tell of shapes without asking GEOS
allocation  who gets which part, and what nobody claims (coverage proved, then united)
noding      rings that carry every vertex of their neighbours
places      blocks and parks, adjoining supplies
touch       which stored shapes an overlay would bring together
soundness   whether a stored record can be worked on at all
"""
