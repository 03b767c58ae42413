"""The ways a notice goes: mail, the robots of 企业微信 and 钉钉, plain JSON.

Only the address of the settings is opened: no redirect is followed, no proxy of the environment is
taken. What went wrong is told without the address, which is a secret itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib import error, request
from urllib.parse import quote_plus

from gis.notices.settings import DINGTALK, JSON, MAIL, SENDING, WECOM, Mail, Recipient

_JSON = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "landwatch"}


class NotSentError(Exception):
    """A try failed; its words name no secret."""


class _NoRedirect(request.HTTPRedirectHandler):
    """Nobody sends us elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(
    recipient: Recipient, mail: Mail | None, content: Mapping[str, Any], mark: str, now: datetime
) -> None:
    """Send what a notice says; NotSentError where it did not arrive.

    content: subject, text, html, short, json. `mark` tells the notice from every other, whoever
    gets it twice (we were killed between sending it and writing that down) can see that by it.
    """
    if recipient.way == MAIL:
        if mail is None:
            raise NotSentError("设置里没有邮件服务器 the settings name no mail server")
        _mail(recipient, mail, content, mark, now)
    elif recipient.way == WECOM:
        _robot(recipient.address, content["short"])
    elif recipient.way == DINGTALK:
        _robot(signed(recipient.address, recipient.secret, now), content["short"])
    elif recipient.way == JSON:
        body = {"id": mark, "title": content["subject"], "text": content["text"]}
        _post(recipient.address, body | {"digest": content["json"]})


def signed(address: str, secret: str, now: datetime) -> str:
    """Return the address of a robot of 钉钉 with the instant and its signature."""
    if not secret:
        return address
    instant = int(now.timestamp() * 1000)
    key, told = secret.encode(), f"{instant}\n{secret}".encode()
    sign = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest())
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}timestamp={instant}&sign={quote_plus(sign)}"


def _robot(address: str, text: str) -> None:
    said = _post(address, {"msgtype": "text", "text": {"content": text}})
    try:
        code = json.loads(said).get("errcode")
    except (ValueError, AttributeError):
        code = None
    # A robot says 200 to what it refuses.
    if code != 0:
        raise NotSentError(f"机器人未收，errcode {code} the robot refused it")


def _post(address: str, body: Mapping[str, Any]) -> bytes:
    content = json.dumps(body, ensure_ascii=False).encode()
    opener = request.build_opener(request.ProxyHandler({}), _NoRedirect())
    asked = request.Request(address, content, _JSON, method="POST")  # noqa: S310 - http(s): settings
    try:
        with opener.open(asked, timeout=SENDING.timeout_seconds) as answer:
            said: bytes = answer.read(SENDING.most_answer_bytes)
            return said
    except error.HTTPError as fault:
        fault.close()
        raise NotSentError(f"对方答 HTTP {fault.code} it answered HTTP {fault.code}") from None
    except (OSError, HTTPException, ValueError) as fault:
        raise NotSentError(_told(fault)) from None


def _mail(
    recipient: Recipient, mail: Mail, content: Mapping[str, Any], mark: str, now: datetime
) -> None:
    try:
        message = _message(recipient.address, mail.sender, content, mark, now)
        with _server(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused:
        raise NotSentError("邮件服务器不收这个地址 the server refuses this address") from None
    except smtplib.SMTPResponseException as fault:
        raise NotSentError(f"邮件服务器答 {fault.smtp_code} the mail server refused it") from None
    except (OSError, ValueError, smtplib.SMTPException) as fault:
        raise NotSentError(_told(fault)) from None


def _message(
    address: str, sender: str, content: Mapping[str, Any], mark: str, now: datetime
) -> EmailMessage:
    """Return a mail in text and HTML; ValueError where a header would hold two lines."""
    message = EmailMessage()
    message["Subject"] = content["subject"]
    message["From"], message["To"] = sender, address
    message["Date"] = now
    message["Message-ID"] = f"<{mark}@landwatch>"
    message.set_content(content["text"])
    message.add_alternative(content["html"], subtype="html")
    return message


def _server(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        secure = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=SENDING.timeout_seconds, context=secure
        )
    server = smtplib.SMTP(mail.host, mail.port, timeout=SENDING.timeout_seconds)
    if mail.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _told(fault: BaseException) -> str:
    """Return the kind of a fault of the network: its words may hold the address."""
    reason = getattr(fault, "reason", fault)
    number = getattr(reason, "errno", None)
    kind = type(reason).__name__ if isinstance(reason, BaseException) else type(fault).__name__
    return f"连不上 could not be reached: {kind}" + (f" {number}" if number is not None else "")
