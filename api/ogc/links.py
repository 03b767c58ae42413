"""What all addresses of /ogc share: what they take, where they lead, how they answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.dependencies.models import Dependant

from api import way
from api.errors import BadParameterError
from api.v1 import pages
from gis.store.runs import Run

PREFIX = "/ogc"
JSON, SCHEMA = "application/json", "application/schema+json"
GEOJSON = "application/geo+json"
# As the standard calls it; clients look for an address of this writing in the description.
LayerName = Annotated[str, Path(alias="collectionId", max_length=60)]


def _only_known(request: Request) -> None:
    """Refuse what the address does not take, as the standard asks for, or takes once."""
    known = _taken(request.scope["route"].dependant)
    strange = sorted({*request.query_params} - known)
    if strange:
        raise BadParameterError(
            f"不认识的参数 {strange[0][:60]}。 There is no parameter {strange[0][:60]!r} here.",
            f"可用 use: {', '.join(sorted(known))}",
        )
    # Of two filters one would be left out in silence.
    for name in known:
        if len(request.query_params.getlist(name)) > 1:
            raise BadParameterError(
                f"参数 {name} 给了不止一次。 The parameter {name!r} is given more than once.",
                "只给一次 give it once",
            )


def _taken(dependant: Dependant) -> set[str]:
    """Return the parameters that a route takes, or what it depends on."""
    own = {one.alias for one in dependant.query_params}
    return own.union(*map(_taken, dependant.dependencies))


OnlyKnown = Depends(_only_known)


def base(request: Request) -> str:
    """Return the address of /ogc as the caller knows it."""
    return f"{way.base(request)}{PREFIX}"


def link(href: str, rel: str, kind: str, title: str, **more: Any) -> dict[str, Any]:
    """Return a link as the standard writes it."""
    return {"href": href, "rel": rel, "type": kind, "title": title, **more}


def of_run(run: Run) -> str:
    """Return what keeps an address to a run."""
    return f"?run={run.id}"


def as_asked(request: Request) -> str:
    """Return what an address was asked with, for those it leads to."""
    return f"?{request.url.query}" if request.url.query else ""


def answer(told: dict[str, Any], kind: str = JSON) -> Response:
    """Return content as JSON of a kind, Chinese as it is."""
    return Response(pages.text_of(told), media_type=kind)
