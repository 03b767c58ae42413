"""Which kinds of record a run reads in which way, and what a change of each has judged anew.

All of it is said in `fields.toml`, kind by kind (`read`, `reach`, `names`, `cited_as`), and in
`results.toml`, rule by rule (`reads`, `made_of`).
"""

from __future__ import annotations

from gis.fields import KINDS
from gis.result_tables import EVERY_ROW_READS, reads


def _read(way: str) -> frozenset[str]:
    return frozenset(name for name, kind in KINDS.items() if kind.read == way)


def _reaching(*reach: str) -> tuple[str, ...]:
    return tuple(name for name, kind in KINDS.items() if kind.reach in reach)


# Read whole with every part, however small.
WHOLE = _read("whole")
# Papers of supplies: read with those they name.
PAPERS_OF_SUPPLIES = frozenset(
    name for name in _read("named") if "supplies" in KINDS[name].names.values()
)
# Papers by which land is told to be idle: on their days it may come to be judged otherwise.
DECIDING_IDLE = PAPERS_OF_SUPPLIES & reads("finding.idle_land")
# What approvals are judged by besides supplies, on any day.
OF_APPROVALS = tuple(
    name
    for name in KINDS
    if name in reads("land_timeline") - reads("finding.idle_land") - EVERY_ROW_READS
)
# What is kept whatever its day: what a timeline rests on, and every paper of supplies, which are
# read together. A parcel lends its shape on any day.
ON_TABLE = tuple(
    name
    for name in KINDS
    if name in (reads("timeline") | reads("land_timeline") | PAPERS_OF_SUPPLIES) - EVERY_ROW_READS
    and name != "parcels"
)
# What lies in and on the ground, named by nobody and naming nothing.
GROUND = tuple(
    name
    for name, kind in KINDS.items()
    if kind.read == "near" and not kind.names and not kind.cited_as
)
# A change of these has all judged anew; of these what it names and what its shape meets; of these
# what it names alone.
REACHING_ALL = _reaching("all")
REACHING_LAND = _reaching("land")
REACHING_PAPERS = _reaching("papers")
REACHING = (*REACHING_ALL, *REACHING_LAND, *REACHING_PAPERS)
# Every column that tells who is who: what records are named by and what they name.
NAMING = tuple(
    sorted({column for kind in KINDS.values() for column in (*kind.names, *kind.cited_as)})
)
