"""A ranking as a picture for a report: it stands alone, so it names year, scheme and reading."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from api.web import language
from api.web.ranking import READING_WORDS, parts_chart
from api.web.ranking_others import called, firms_chart, tiers_chart
from gis import contracts
from gis.assessment import evaluation, tiers
from gis.assessment import ranking as of_year
from gis.law import Law
from gis.outputs.pictures.chart import Chart
from gis.ranking import choices, firms
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run


class Choice(NamedTuple):
    """Which year (None: the newest with figures), by which scheme and reading, of which region."""

    year: int | None
    scheme: str
    reading: str | None
    region: str | None


def of_choice(
    connection: Connection,
    run: Run,
    law: Law,
    scope: Scope | None,
    choice: Choice,
    tongue: language.Language,
) -> Chart:
    """Return the chart of a ranking, as somebody of a scope may see it.

    ChoiceError for a scheme, reading or region there is not, or that the scheme does not know.
    """
    _, scheme, reading, region = choice
    choices.must_take(law, scheme, reading, region)
    year = of_year.year_or_newest(connection, run, choice.year)
    told = [called(scheme, tongue)]
    if scheme == firms.NAME:
        found = evaluation.evaluated(connection, run, law, year, reading, scope)
        told.append(contracts.CODES["firm_reading"][found.scheme.reading][tongue == "en"])
        chart = firms_chart(found, tongue)
    elif scheme in choices.OTHERS:
        chart = tiers_chart(tiers.tiered(connection, run, law, year, scope), tongue)
    else:
        ranked = of_year.assessed(connection, run, law, year, scheme, reading, scope, region)
        told.append(language.said(READING_WORDS[ranked.ranking.scheme.reading], tongue))
        chart = parts_chart(ranked, tongue)
    if region is not None:
        told.append(f"{language.said('行政区代码', tongue)} {region}")
    note = " · ".join(filter(None, [*told, chart.note]))
    return replace(chart, title=f"{year} {chart.title}", note=note)
