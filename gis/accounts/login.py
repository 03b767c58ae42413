"""Logging in, changing a password: counted, compared, audited; one answer for all that fails."""

from __future__ import annotations

from gis.accounts import audit, desktop_tokens, lockout, passwords, secret, sessions, users
from gis.accounts.desktop_tokens import Given
from gis.accounts.lockout import LockedError
from gis.accounts.sessions import Begun, Session
from gis.errors import UsageError
from gis.store.database import Connection

_IN, _CHANGE, _TOKEN = "登录 log in", "改密码 change password", "取令牌 get token"
_OK, _REFUSED, _LOCKED = "成功 ok", "拒绝 refused", "锁定 locked"


class RefusedError(UsageError):
    """A name and a password that do not let anybody in; which of them is not said."""


def log_in(connection: Connection, name: str, password: str, address: str) -> Begun:
    """Begin a session for whoever knows the password of a name; RefusedError, LockedError."""
    known = users.askable(name)
    _compare(connection, known, password, address, _IN)
    sessions.forget_old(connection)
    return sessions.begin(connection, known, address)


def give_token(
    connection: Connection, name: str, password: str, address: str, minutes: int
) -> Given:
    """Give a desktop program a token for whoever knows the password; RefusedError, LockedError."""
    known = users.askable(name)
    _compare(connection, known, password, address, _TOKEN)
    sessions.forget_old(connection)
    return desktop_tokens.give(connection, known, address, minutes)


def change_password(connection: Connection, session: Session, old: str, new: str) -> Begun:
    """Change the password of a session's account and begin it anew; all its others end.

    RefusedError where the old one is wrong, LockedError, UsageError where the new one is no good.
    """
    name, address = session.caller.name, session.caller.address
    passwords.check(name, new)
    _compare(connection, name, old, address, _CHANGE)
    if old == new:
        raise passwords.BadPasswordError(
            "新密码与旧密码相同。 The new password is the old one.", "另选 choose another"
        )
    with connection.transaction():
        passwords.give(connection, name, new, must_change=False)
        sessions.revoke_all(connection, name)
        return sessions.begin(connection, name, address)


def log_out(connection: Connection, session: Session) -> None:
    """End a session."""
    sessions.end(connection, session)
    told = session.caller
    audit.record(connection, told.name, told.address, "退出 log out", told.name, _OK)


def _compare(connection: Connection, name: str, password: str, address: str, action: str) -> None:
    """Let through who knows the password; the way is the same whether or not there is the name."""
    try:
        lockout.count_in(connection, name, address)
    except LockedError:
        audit.record(connection, _actor(connection, name), address, action, "", _LOCKED)
        raise
    known = passwords.kept(connection, name)
    is_right = passwords.fits(password, known)
    result = _OK if is_right else _REFUSED
    audit.record(connection, _actor(connection, name), address, action, "", result)
    if not is_right:
        raise RefusedError(
            "账号或密码不对，或账号已停用。 Name or password is wrong, or the account is shut.",
            "核对后再试；多次失败须等待 try again; after too many failures one has to wait",
        )
    lockout.forget(connection, name)


def _actor(connection: Connection, name: str) -> str:
    """Return the name of an account there is; of another only a mark: it may be a password."""
    row = connection.execute(
        "SELECT name FROM landwatch.account WHERE name = %s", (name,)
    ).fetchone()
    return str(row[0]) if row else f"无此账号 unknown {secret.digest(name)[:12]}"
