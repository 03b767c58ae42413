"""The balance of approvals: approved = supplied + withdrawn + exempt + unsupplied + edge + sliver.

register    what the registers alone say: areas named, without shapes
approvals   the balance of each approval, by geometry where it has one, else by register
totals      the same for blocks, parks and regions, doubly approved land once
compare     papers and shapes side by side
printed     figures in m2, 公顷 and 亩 that still add up
"""

from gis.approvals.balance.approvals import NOTHING_M2, at_least, of_approvals
from gis.approvals.balance.compare import compared
from gis.approvals.balance.printed import close, printed
from gis.approvals.balance.register import Settings, by_register, draws
from gis.approvals.balance.totals import lines, summed, totals

__all__ = [
    "NOTHING_M2",
    "Settings",
    "at_least",
    "by_register",
    "close",
    "compared",
    "draws",
    "lines",
    "of_approvals",
    "printed",
    "summed",
    "totals",
]
