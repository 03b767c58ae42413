"""The law as dated data: every number and every choice the rules rest on, one file per instrument.

    >>> from datetime import date
    >>> law = load()
    >>> law.value("idle.years_to_recovery", date(2024, 5, 1)).amount
    2

A value holds from its first day (`from`) until the day it no longer holds (`until`, half-open;
absent = in force). A region may have its own: 150602 looks at 150602, then 150600, 150000, and
then the nation. Asking for a day nobody knows a value for raises.

`workdays` counts and moves days by the yearly notices of days off.
"""

from __future__ import annotations

from gis.law.reader import Law, Value, alone, load, with_layer

__all__ = ["Law", "Value", "alone", "load", "with_layer"]
