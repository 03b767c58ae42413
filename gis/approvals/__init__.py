"""Approved land: overlaid, balanced and judged. Pure: frames and values of the law in, frames out.

overlay_settings  limits of edges and slivers, filled from the law's data
claims            who asks for which part of an approval, in order
built             what remains and is built already
remainder         what remains, told by its shape
cutting           each approval cut by its claims, what is left graded
overlay           the overlay of one zone, shapes in metres
overlay_by_zone   the overlay of stored shapes, EPSG:4490
meetings          who meets whom on any day, and the faces that this divides approvals into
faces_on_days     the pieces of many days, told by faces that were measured once
overlay_on_days   the same approvals cut on many days
balance/          approved = supplied + withdrawn + exempt + unsupplied + edge + sliver
outcome           what the rules on unsupplied land (批而未供) say of each piece
"""
