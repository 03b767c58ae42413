"""The settings of the leads: what is the survey's tolerance, what is much, which uses are alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from gis.facts.keyword_groups import Groups
from gis.law import Law


@dataclass(frozen=True)
class Settings:
    """Limits in metres, m2 and shares; word lists begin with the name of their group."""

    width_m: float
    area_m2: float
    area_tolerance_m2: float
    area_share: float
    high_share: float
    medium_share: float
    home_share: float
    lineage_share: float
    layer_marks: tuple[str, ...] = ()
    layer_words: tuple[str, ...] = ()
    use_words: Groups = ()
    use_classes: Groups = ()
    use_anywhere: tuple[str, ...] = ()


def settings_on(law: Law, on: date, region: str | None) -> Settings:
    """Return the settings in force on a day; LawError outside the dates of the law."""

    def amount(name: str) -> Any:
        return law.value(name, on, region).amount

    return Settings(
        width_m=float(amount("leads.width_m")),
        area_m2=float(amount("leads.area_m2")),
        area_tolerance_m2=float(amount("survey.area_tolerance_m2")),
        area_share=float(amount("leads.area_share")),
        high_share=float(amount("leads.high_share")),
        medium_share=float(amount("leads.medium_share")),
        home_share=float(amount("leads.home_share")),
        lineage_share=float(amount("leads.lineage_share")),
        layer_marks=amount("leads.layer_marks"),
        layer_words=amount("leads.layer_words"),
        use_words=amount("leads.use_words"),
        use_classes=amount("leads.use_classes"),
        use_anywhere=amount("leads.use_anywhere"),
    )
