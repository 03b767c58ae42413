"""Faults of the WFS: reports of exceptions, as OGC 06-121 writes them."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from xml.sax.saxutils import escape

from fastapi import Request, Response

PATH, XML = "/wfs", "text/xml"
# Besides the keys of our own: programs of this kind ask again with a name and a password.
CHALLENGE = 'Basic realm="landwatch", charset="UTF-8"'


def is_asked(request: Request) -> bool:
    """Return whether a request is for the WFS."""
    return request.url.path == PATH


def answer(status: int, said: Sequence[str]) -> Response:
    """Return a fault: what was found, and what to do."""
    is_parameter = status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    texts = "".join(f"<ows:ExceptionText>{escape(one)}</ows:ExceptionText>" for one in said)
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<ows:ExceptionReport version="2.0.0"'
        ' xmlns:ows="http://www.opengis.net/ows/1.1"><ows:Exception exceptionCode='
        f'"{"InvalidParameterValue" if is_parameter else "NoApplicableCode"}">{texts}'
        "</ows:Exception></ows:ExceptionReport>",
        status_code=HTTPStatus.BAD_REQUEST if is_parameter else status,
        media_type=XML,
    )
