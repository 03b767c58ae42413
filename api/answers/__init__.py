"""What every address answers with: a schema and an example, made from the columns we publish.

schema   types of columns and published shapes, as OpenAPI writes them
of_year  rankings, tasks, control values, firms, plans
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.answers.of_year import of_year
from api.answers.schema import (
    ANY,
    DAY,
    FLAG,
    NEXT,
    NUMBER,
    OBJECT,
    TEXT,
    Schema,
    kept,
    page_of,
    record,
    result,
    rows_of,
)
from api.answers.schema import kind as kind_of
from gis.store import tables

_EXAMPLES: Mapping[str, Any] = {
    "subject": "1506992024B00007", "key": "1506992024B00007", "name": "演示项目",
    "rule": "idle_land",
    "outcome": "suspected_idle", "track": "fee", "since_on": "2025-07-01", "area_m2": 10_000.0,
    "region_code": "150699", "kind": "supplied_twice", "approval": "演示批〔2019〕03号",
}  # fmt: skip
_BY_TYPE: Mapping[str, Any] = {
    "string": None, "number": None, "integer": 1, "boolean": False, "array": [], "object": {},
}  # fmt: skip


def _account() -> Schema:
    land = {"type": ["object", "null"]}
    return record(
        name=TEXT, roles={"type": "array", "items": TEXT}, land=land, has_password=FLAG,
        must_change_password=FLAG, is_disabled=FLAG, created_at=TEXT,
    )  # fmt: skip


def _handed_out() -> Schema:
    return record(name=TEXT, account=TEXT, created_at=TEXT, expires_at=TEXT)


_LINKS: Schema = {"type": "array", "items": OBJECT}
_ISSUES: Schema = {"type": "array", "items": OBJECT}
_PAPER = record(
    delivery={"type": ["integer", "null"]},
    accepted=NUMBER,
    rejected=NUMBER,
    held=NUMBER,
    unchanged=NUMBER,
    issues=_ISSUES,
)
_RUN = record(id=NUMBER, as_of=DAY, delivery=NUMBER, purpose=TEXT)
_TOLD_RUN = record(run=NUMBER, as_of=DAY, delivery=NUMBER, counts=OBJECT,
                   set_aside={"type": "array", "items": OBJECT})  # fmt: skip
_UPLOAD = record(id=TEXT, state=TEXT, kind=TEXT, name=TEXT, bytes=NUMBER, sha256=TEXT)
_JOB = record(
    id=NUMBER, kind=TEXT, state=TEXT, arguments=OBJECT, owner=TEXT, attempt_count=NUMBER,
    queued_at=TEXT, progress=OBJECT, has_code_changed=FLAG,
    files={"type": "array", "items": OBJECT}, are_files_gone=FLAG,
)  # fmt: skip
_NIGHT = record(as_of=DAY, state=TEXT, attempts=NUMBER, started_at=TEXT)
_LAW = record(key=TEXT, value=ANY, article=TEXT)

_COMPARISON = record(
    id=TEXT, list=TEXT, name=TEXT, account=TEXT, run=NUMBER, at=TEXT, sha256=TEXT, bytes=NUMBER,
    compared={"type": "array", "items": TEXT}, mapping=OBJECT, counts=OBJECT,
)  # fmt: skip
_READING = record(
    id=NUMBER, key=TEXT, region=TEXT, value={"type": ["string", "null"]}, from_on=DAY, source=TEXT,
    who=TEXT, at=TEXT, delivery=NUMBER, is_in_force=FLAG,
)  # fmt: skip


def _all() -> dict[tuple[str, str], Schema]:
    """Return (method, address) -> the schema of what it answers with."""
    v1 = "/api/v1"
    told: dict[tuple[str, str], Schema] = {
        ("get", "/embed/map"): record(run=NUMBER, as_of=DAY, title=TEXT, too_many=NUMBER,
                                      layers={"type": "array", "items": OBJECT}),
        ("get", "/ogc"): record(title=TEXT, links=_LINKS),
        ("get", "/ogc/conformance"): record(conformsTo={"type": "array", "items": TEXT}),
        ("get", "/ogc/collections"): record(links=_LINKS, collections=_LINKS),
        ("get", "/ogc/collections/{collectionId}"): record(id=TEXT, title=TEXT, links=_LINKS),
        ("get", "/ogc/api"): record(openapi=TEXT, paths=OBJECT),
        ("get", "/ogc/collections/{collectionId}/schema"): record(type=TEXT, properties=OBJECT),
        ("get", "/ogc/collections/{collectionId}/queryables"): record(type=TEXT, properties=OBJECT),
        ("get", "/ogc/collections/{collectionId}/items"): record(type=TEXT, numberReturned=NUMBER,
                                                                 features=_LINKS, links=_LINKS),
        ("get", "/ogc/tileMatrixSets"): record(tileMatrixSets=_LINKS),
        ("get", "/ogc/tileMatrixSets/{tileMatrixSetId}"): record(id=TEXT, uri=TEXT, crs=TEXT,
                                                                 tileMatrices=_LINKS),
        ("get", "/ogc/collections/{collectionId}/tiles"): record(tilesets=_LINKS, links=_LINKS),
        ("get", "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}"): record(
            dataType=TEXT, crs=TEXT, links=_LINKS, tileMatrixSetLimits=_LINKS, layers=_LINKS),
        ("get", "/tiles"): record(layers={"type": "array", "items": OBJECT}),
        ("get", "/tiles/{layer}.json"): record(tilejson=TEXT, run=NUMBER, as_of=DAY, count=NUMBER,
                                               tiles={"type": "array", "items": TEXT},
                                               states=OBJECT),
        ("get", f"{v1}/runs"): rows_of(_RUN),
        ("get", f"{v1}/runs/latest"): _TOLD_RUN,
        ("get", f"{v1}/runs/{{number}}"): _TOLD_RUN,
        ("get", f"{v1}/nights"): rows_of(_NIGHT),
        ("get", f"{v1}/nights/{{day}}"): record(night=_NIGHT, digest={"type": ["object", "null"]}),
        ("get", f"{v1}/findings"): result("finding"),
        ("get", f"{v1}/unsupplied"): result("unsupplied"),
        ("get", f"{v1}/balances"): result("balance"),
        ("get", f"{v1}/leads"): result("lead"),
        ("get", f"{v1}/indicators"): result("indicator"),
        ("get", f"{v1}/timeline"): result("timeline"),
        ("get", f"{v1}/timeline/land"): result("land_timeline"),
        ("get", f"{v1}/calendar"): result("timeline"),
        ("get", f"{v1}/deliveries"): kept(tables.DELIVERY),
        ("get", f"{v1}/deliveries/{{number}}"): record(delivery=OBJECT),
        ("get", f"{v1}/issues"): kept(tables.ISSUE),
        ("get", f"{v1}/corrections"): kept(tables.CORRECTION),
        ("post", f"{v1}/corrections"): record(delivery=NUMBER),
        ("get", f"{v1}/subjects/{{subject}}"): record(run=NUMBER, as_of=DAY, subject=TEXT),
        ("get", f"{v1}/why/{{subject}}"): record(subject=TEXT),
        ("get", f"{v1}/law"): rows_of(_LAW, on=DAY),
        ("get", f"{v1}/law/{{key}}"): record(on=DAY, value=_LAW),
        ("get", f"{v1}/glossary"): record(codes=OBJECT, kinds=OBJECT, tables=OBJECT),
        ("post", f"{v1}/papers/{{kind}}"): _PAPER,
        ("post", f"{v1}/deliveries/{{number}}/undo"): record(delivery=NUMBER, undone=NUMBER),
        ("get", f"{v1}/dismissals"): rows_of(OBJECT),
        ("post", f"{v1}/dismissals"): record(id=TEXT),
        ("delete", f"{v1}/dismissals/{{number}}"): record(id=TEXT),
        ("post", f"{v1}/preview"): OBJECT,
        ("post", f"{v1}/scans"): OBJECT,
        ("post", f"{v1}/uploads"): _UPLOAD,
        ("get", f"{v1}/uploads"): rows_of(_UPLOAD),
        ("get", f"{v1}/uploads/{{number}}"): _UPLOAD,
        ("delete", f"{v1}/uploads/{{number}}"): record(id=TEXT, state=TEXT),
        ("post", f"{v1}/uploads/{{number}}/check"): _UPLOAD,
        ("post", f"{v1}/uploads/{{number}}/accept"): record(id=TEXT, state=TEXT),
        ("post", f"{v1}/jobs"): _JOB,
        ("get", f"{v1}/jobs"): rows_of(_JOB, next=NEXT),
        ("get", f"{v1}/jobs/{{number}}"): _JOB,
        ("delete", f"{v1}/jobs/{{number}}"): _JOB,
        ("get", f"{v1}/held"): rows_of(OBJECT, next=NEXT),
        ("post", f"{v1}/held/{{number}}/accept"): record(id=NUMBER, decision=TEXT),
        ("post", f"{v1}/held/{{number}}/refuse"): record(id=NUMBER, decision=TEXT),
        ("get", f"{v1}/filters"): rows_of(OBJECT),
        ("post", f"{v1}/filters"): record(id=TEXT),
        ("delete", f"{v1}/filters/{{number}}"): record(id=TEXT),
        ("put", f"{v1}/uploads/{{number}}/words"): _UPLOAD,
        ("post", f"{v1}/comparisons"): _COMPARISON,
        ("get", f"{v1}/comparisons"): rows_of(_COMPARISON),
        ("get", f"{v1}/comparisons/{{number}}"): rows_of(OBJECT, comparison=_COMPARISON, next=NEXT),
        ("delete", f"{v1}/comparisons/{{number}}"): record(id=TEXT),
        ("get", f"{v1}/readings"): rows_of(_READING),
        ("post", f"{v1}/readings"): record(reading=_READING, before=TEXT, after=TEXT),
        ("get", f"{v1}/law/settings"): rows_of(record(key=TEXT, value=ANY), on=DAY),
        ("get", f"{v1}/accounts"): rows_of(_account()),
        ("post", f"{v1}/accounts"): _account(),
        ("get", f"{v1}/keys"): rows_of(_handed_out()),
        ("post", f"{v1}/keys"): record(secret=TEXT, name=TEXT, account=TEXT),
        ("delete", f"{v1}/keys/{{name}}"): _handed_out(),
        ("get", f"{v1}/embeds"): rows_of(_handed_out()),
        ("post", f"{v1}/embeds"): record(token=TEXT, name=TEXT, account=TEXT),
        ("delete", f"{v1}/embeds/{{name}}"): _handed_out(),
        ("get", f"{v1}/audit"): record(number=NUMBER, digest=TEXT, next=NEXT,
                                       rows={"type": "array", "items": OBJECT}),
        ("get", f"{v1}/audit/proof"): record(is_right=FLAG, number=NUMBER, digest=TEXT),
    }  # fmt: skip
    told |= of_year(v1, _PAPER)
    arcgis = "/arcgis/rest/services/{service}/FeatureServer"
    # A fault comes in the place of each: {"error": {"code": …}}.
    for method, path in (
        ("get", "/arcgis/rest/info"), ("get", "/arcgis/rest/services"), ("get", arcgis),
        ("post", "/arcgis/tokens/generateToken"), ("get", f"{arcgis}/layers"),
        *((method, f"{arcgis}/{{number}}{what}")
          for method, what in (("get", ""), ("get", "/query"), ("post", "/query"))),
    ):  # fmt: skip
        told[method, path] = OBJECT
    told["get", "/wfs"] = OBJECT
    for place in ("roles", "land", "password", "closed"):
        told["put", f"{v1}/accounts/{{name}}/{place}"] = _account()
    for kind in ("parcels", "supplies", "approvals", "parks", "blocks"):
        told["get", f"{v1}/{kind}"] = page_of(kind_of(kind))
        told["get", f"{v1}/{kind}/{{key}}"] = record(run=NUMBER, record=kind_of(kind))
    return told


# What is no JSON of ours.
_BINARY: Schema = {"type": "string", "format": "binary"}
_GEOJSON = record(type=TEXT, features={"type": "array", "items": OBJECT}, numberMatched=NUMBER,
                  numberReturned=NUMBER)  # fmt: skip


def describe(told: dict[str, Any]) -> None:
    """Put into an OpenAPI document what each address answers with, each with an example."""
    known = _all()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    _describe(answer, known.get((method, path)), path)


def _describe(answer: dict[str, Any], schema: Schema | None, path: str) -> None:
    if path == "/embed/{token}":
        # It sends on, always.
        answer.pop("content", None)
    if path.endswith(".geojson"):
        answer["content"] = {"application/geo+json": {"schema": _GEOJSON}}
    for media, content in answer.get("content", {}).items():
        if "json" in media:
            own = content.get("schema")
            if schema is not None:
                content["schema"] = schema
            elif not own:
                content["schema"] = ANY if own is None else own
            if schema is not None and "example" not in content and "examples" not in content:
                content["example"] = example(schema)
        elif not content.get("schema"):
            content["schema"] = _BINARY


def example(schema: Schema, name: str = "") -> Any:
    """Return something that a schema describes."""
    kind = schema.get("type", "null")
    kinds = [kind] if isinstance(kind, str) else kind
    if name in _EXAMPLES and _fits(_EXAMPLES[name], kinds):
        return _EXAMPLES[name]
    if "object" in kinds and schema.get("properties"):
        return {one: example(member, one) for one, member in schema["properties"].items()}
    if "array" in kinds and schema.get("items", {}).get("properties"):
        return [example(schema["items"])]
    if "null" in kinds:
        return None
    if schema.get("format") == "date":
        return "2026-06-30"
    return _BY_TYPE[kinds[0]] if _BY_TYPE[kinds[0]] is not None else _fallback(kinds[0])


def _fits(value: Any, kinds: list[str]) -> bool:
    return ("string" if isinstance(value, str) else "number") in kinds


def _fallback(kind: str) -> Any:
    return "…" if kind == "string" else 1.0
