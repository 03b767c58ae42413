"""The delivery doctor (数据体检): what is wrong with a delivery, how surely, and what mends it.

take -> position (where do the numbers lie) -> fixes accepted -> understand -> shapes, neighbours,
areas, numbers, duplicates, places, anchors -> diagnosis (grade, findings, mended rows)

Findings propose; nothing is changed unless a person names the fix.
"""
