"""Approved land from known records to results: pieces, balances, rules, park accounts, reasons.

settings   what these stages ask of the law
judge      overlay, balance and findings of one day
withdrawn  what withdrawals take of each approval
lapse      what was used by the end of the two years, and what came after a lapse
parks      every square metre of the parks under four codes
situations in which of its region's situations each unsupplied piece is, and beside whom
papers     what each paper said of an approval, on which day
turning    which paper would move a piece to another outcome, judged anew
trace      why one piece of an approval stands where it stands
"""

from gis.land.judge import Land, judge
from gis.land.papers import Papers
from gis.land.parks import parks
from gis.land.settings import Settings, settings_on
from gis.land.situations import situations
from gis.land.trace import explain

__all__ = ["Land", "Papers", "Settings", "explain", "judge", "parks", "settings_on", "situations"]
