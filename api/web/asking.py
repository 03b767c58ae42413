"""What the address of a page asks for: read by the model of its list, empty fields left out.

A form of a browser sends every field, filled in or not: such an address is led to the one that says
the same without the empty ones, so that what is shared is short.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_args
from urllib.parse import urlencode

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

Model = TypeVar("Model", bound=BaseModel)


def without_empty(request: Request) -> str | None:
    """Return the address without the fields nobody filled in; None where it has none."""
    given = request.query_params.multi_items()
    kept = [(name, value) for name, value in given if value.strip()]
    if len(kept) == len(given):
        return None
    query = urlencode(kept)
    return request.url.path + (f"?{query}" if query else "")


def read(request: Request, model: type[Model]) -> Model:
    """Return what an address asks for; RequestValidationError for what the model does not take."""
    return of_query(request.query_params, model)


def of_query(query: QueryParams, model: type[Model]) -> Model:
    """Return what a query asks for, as `read` does; empty fields are left out."""
    given: dict[str, Any] = {}
    for name in query:
        values = [one for one in query.getlist(name) if one.strip()]
        if not values:
            continue
        field = model.model_fields.get(name)
        given[name] = values if field is not None and _is_list(field.annotation) else values[-1]
    try:
        return model.model_validate(given)
    except ValidationError as fault:
        raise RequestValidationError(
            [{**error, "loc": ("query", *error["loc"])} for error in fault.errors()]
        ) from None


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is list or any(map(_is_list, get_args(kind)))
