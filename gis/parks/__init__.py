"""A park accounted for: pieces with four codes, and the accounts and states made of them.

pieces   the park cut by block, approval, supply, survey and readiness
accounts accounts A to F and the state shown, functions of the four codes
stages   approved, of it supplied, of that started, of that built
"""

from gis.parks.accounts import (
    ACCOUNTS_BUILD,
    ACCOUNTS_SUPPLY,
    account_build,
    account_supply,
    accounts,
    state,
)
from gis.parks.pieces import park_pieces, plane_pieces
from gis.parks.stages import STAGES, UNKNOWN, stages

__all__ = [
    "ACCOUNTS_BUILD",
    "ACCOUNTS_SUPPLY",
    "STAGES",
    "UNKNOWN",
    "account_build",
    "account_supply",
    "accounts",
    "park_pieces",
    "plane_pieces",
    "stages",
    "state",
]
