"""The description of the API: OpenAPI as JSON, and a page to read and try it on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi

from api import answers, faults_of_wfs
from gis import __version__
from gis.errors import UsageError
from maps import page

router = APIRouter(include_in_schema=False)

OPENAPI = "/api/v1/openapi.json"
_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "docs.js": "text/javascript",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>landwatch API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/static/docs/swagger-ui-bundle.js"></script>
<script src="/static/docs/docs.js"></script>
</body>
</html>
"""
_ABOUT = (
    "landwatch 的接口：只读已保存的运行和资料；每个账号只见其范围内的土地。 "
    "Stored runs and records, read; nobody sees land outside the scope of the account. "
    "Errors are application/problem+json; lists are paged by `next`."
)


@router.get("/api/docs")
def docs() -> Response:
    """Return the page on which the API is read and tried."""
    headers = {"Content-Security-Policy": _POLICY}
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/static/docs/{name}")
def static(name: str) -> Response:
    """Return one file of that page."""
    if name not in _FILES:
        raise UsageError("没有这个文件 there is no such file", "从 /api/docs 进入 start there")
    place = page.STATIC / name if name == "docs.js" else page.VENDOR / "swagger-ui" / name
    if not place.is_file():
        raise UsageError(
            f"{name} 未安装 is not installed", "在服务器上 on the server: scripts/setup"
        )
    return Response(place.read_bytes(), media_type=_FILES[name])


def described(request: Request) -> dict[str, Any]:
    """Return the OpenAPI document of the application, with the ways to come in."""
    app = request.app
    if app.openapi_schema is None:
        told = get_openapi(
            title="landwatch", version=__version__, description=_ABOUT, routes=app.routes
        )
        told.setdefault("components", {})["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "API 密钥 API key"},
            "basic": {
                "type": "http",
                "scheme": "basic",
                "description": "密钥作密码",
            },
            "session": {"type": "apiKey", "in": "cookie", "name": "landwatch-session"},
        }
        told["security"] = [{"key": []}, {"basic": []}, {"session": []}]
        _with_problems(told)
        answers.describe(told)
        app.openapi_schema = told
    return dict(app.openapi_schema)


@router.get(OPENAPI)
def openapi(request: Request) -> dict[str, Any]:
    """Return what every address takes and gives."""
    return described(request)


def _with_problems(told: dict[str, Any]) -> None:
    """Say at every address which faults it may answer with."""
    told["components"].setdefault("schemas", {})["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "mend", "instance"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "mend": {"type": "string"},
            "instance": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
        "example": {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "没有监测对象 there is no subject 'X'",
            "mend": "核对编号 check the number",
            "instance": "/api/v1/why/X",
        },
    }
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in told["paths"].values():
        for operation in path.values():
            given = operation["responses"]
            for status, words in _FAULTS.items():
                given[status] = {"description": words, "content": content}
    for operation in told["paths"].get(faults_of_wfs.PATH, {}).values():
        for status in _FAULTS:
            report = {faults_of_wfs.XML: {"schema": {"type": "string"}}}
            operation["responses"][status] = {"description": _FAULTS[status], "content": report}


_FAULTS = {
    "400": "地址不能用 an address in which no text can stand",
    "401": "须登录或带密钥 no credentials, or wrong ones",
    "403": "无此权限 the caller may not",
    "404": "没有，或不在范围内 not there, or not in the caller's land",
    "405": "不能这样用 not this way",
    "409": "已有，或已做过 taken, or done already",
    "411": "没有说明长度 no length is given",
    "413": "太大 too large",
    "415": "不是这类内容 not this kind of content",
    "422": "参数不对 a parameter is wrong",
    "429": "次数太多，稍后再试 too often, try later",
    "503": "数据库不可用 the store does not answer",
    "507": "磁盘已满 a disk is full",
}
