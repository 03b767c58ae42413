"""What an answer says, less what its address gave: to look in it for what it must not say."""

from __future__ import annotations

import base64
import gzip
import json
import re

import httpx


def unquoted(answer: httpx.Response, url: str) -> str:
    """What an answer says, less what the address itself gave."""
    text = answer.text
    if answer.headers["content-type"] == "application/problem+json":
        told = answer.json()
        assert set(told) <= {"type", "title", "status", "detail", "mend", "instance", "errors"}
        if answer.status_code == 404:
            # Who is not there is named as it was asked for, and nobody else.
            return str(re.sub(r"'.*?'|block \S+", "", told["detail"])) + told["mend"]
        return str(told["detail"]) if answer.status_code != 422 else ""
    if url.startswith(("/api/v1/glossary", "/api/v1/openapi", "/api/v1/law", "/api/docs")):
        return ""  # words of the program itself
    if url.startswith("/maps/") and url.partition("?")[0] != "/maps/":
        return unpacked(text)
    if text.startswith("{"):
        content = json.loads(text)
        for asked in (
            ("next", "links", "subject") if "rows" in content or "links" in content else ()
        ):
            content.pop(asked, None)
        return json.dumps(content, ensure_ascii=False)
    return text


def unpacked(page: str) -> str:
    """What a map shows, its packed rows among it."""
    rows = re.findall(r"H4sI[A-Za-z0-9+/=]{50,}", page)
    told = [gzip.decompress(base64.b64decode(each)).decode("utf-8", "ignore") for each in rows]
    assert told, "a map without rows shows nothing"
    return page + "".join(told)
