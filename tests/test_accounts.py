"""Accounts and keys as the store keeps them: names, roles, land, and what opens a door."""

from __future__ import annotations

import re

import pytest

from gis.accounts import caller, keys, land, users
from gis.accounts.settings import KEY, ROLES
from gis.errors import UsageError
from gis.store.database import Connection
from gis.store.results import Scope

OTOG = Scope(regions=("150624",))
HOME = "127.0.0.1"


def test_a_store_without_accounts_says_so_until_the_first_is_made(store: Connection) -> None:
    assert not users.exists(store)
    users.add(store, "王芳", ["viewer"], None)
    assert users.exists(store)
    users.disable(store, "王芳")
    assert users.exists(store)


def test_an_account_keeps_its_roles_and_land(store: Connection) -> None:
    made = users.add(store, "王芳", ["officer", "viewer"], OTOG)
    assert (made.roles, made.scope, made.has_password) == (("viewer", "officer"), OTOG, False)
    assert users.give_scope(store, "王芳", None).scope is None
    assert users.give_roles(store, "王芳", ["clerk"]).roles == ("clerk",)
    assert [one.name for one in users.every(store)] == ["王芳"]


def test_two_forms_of_a_name_are_one_account(store: Connection) -> None:
    users.add(store, "liwei", ["viewer"], None)
    for other in ("LiWei", "ＬｉＷｅｉ", "  liwei "):
        assert users.get(store, other).name == "liwei"
        with pytest.raises(UsageError, match="已有"):
            users.add(store, other, ["viewer"], None)


def test_an_odd_name_is_a_name(store: Connection) -> None:
    for name in ("'; drop table landwatch.account; --", "😀", "ᠮᠣᠩᠭᠣᠯ", "𠮷野", "<img src=x>"):
        users.add(store, name, ["viewer"], None)
        assert users.get(store, name).name == users.form(name)


def test_a_name_that_hides_something_is_refused_and_never_found(store: Connection) -> None:
    for name in ("", " ", "a\0b", "a\nb", "a:b", "x" * 65, "x" * 10_000, "a\u202eb", "a\ud800"):
        with pytest.raises(UsageError, match="不能用"):
            users.add(store, name, ["viewer"], None)
        with pytest.raises(UsageError, match="没有账号"):
            users.get(store, name)


def test_every_role_may_read_but_the_administrators_apart() -> None:
    assert {name for name, role in ROLES.items() if caller.READ not in role["permissions"]} == {
        "system_administrator",
        "security_administrator",
        "audit_administrator",
    }
    parts = [
        set(ROLES[name]["permissions"]) for name in ROLES if ROLES[name].get("given") == "apart"
    ]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_three_administrators_take_the_place_of_the_one(
    store: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "administrator" in caller.given_out()
    with pytest.raises(UsageError, match="没有角色"):
        users.add(store, "a", ["audit_administrator"], None)
    monkeypatch.setenv("LANDWATCH_SEPARATE_ADMINISTRATORS", "1")
    assert caller.permissions(["administrator"]) == frozenset()
    assert caller.permissions(["audit_administrator"]) == {"audit"}
    with pytest.raises(UsageError, match="三员分立"):
        users.add(store, "a", ["audit_administrator", "viewer"], None)
    monkeypatch.setenv("LANDWATCH_SEPARATE_ADMINISTRATORS", "yes")
    with pytest.raises(UsageError, match="只能是 0 或 1"):
        caller.given_out()


@pytest.mark.parametrize(
    ("inner", "outer", "left"),
    [
        (None, OTOG, OTOG),
        (OTOG, None, OTOG),
        (Scope(("150624",)), Scope(("150600",)), Scope(("150624",))),
        # A key for the whole city narrows to the banner when its account is moved there.
        (Scope(("150600",)), Scope(("150624", "150722")), Scope(("150624",))),
        (Scope(("150602",)), OTOG, Scope()),
        (Scope(parks=("P1", "P2")), Scope(parks=("P2",)), Scope(parks=("P2",))),
        # Where a park lies its code does not say.
        (Scope(parks=("P1",)), OTOG, Scope()),
        (Scope(blocks=("B1",)), Scope(blocks=("B1",)), Scope(blocks=("B1",))),
    ],
)  # fmt: skip
def test_land_within_land_is_what_both_have(
    inner: Scope | None, outer: Scope | None, left: Scope
) -> None:
    assert land.within(inner, outer) == left


@pytest.mark.parametrize("code", ["", "15%", "150624'", "x", "0", "000000", "1", "１５０６２４"])
def test_a_region_that_is_no_code_is_no_land(code: str) -> None:
    with pytest.raises(UsageError, match="不是代码"):
        land.asked([code], [], [], is_everything=False)


@pytest.mark.parametrize(("regions", "is_everything"), [([], False), (["15"], True)])
def test_no_land_and_all_land_are_never_guessed(regions: list[str], is_everything: bool) -> None:
    with pytest.raises(UsageError, match="没有写明管辖范围"):
        land.asked(regions, [], [], is_everything=is_everything)


def test_a_key_lets_its_account_in_and_is_kept_as_a_hash_only(store: Connection) -> None:
    users.add(store, "王芳", ["officer"], OTOG)
    shown, kept = keys.create(store, "GIS", "王芳", roles=["officer"])
    assert kept.name == "gis"
    assert re.fullmatch(r"lwk_[\w-]{43}", shown)
    found = keys.find(store, shown, HOME)
    assert found is not None
    assert (found.caller.name, found.caller.via, found.caller.scope) == ("王芳", "key", OTOG)
    assert found.caller.may("accept")
    assert not found.caller.may("accounts")
    for row in store.execute("SELECT k::text FROM landwatch.api_key AS k"):
        assert shown not in row[0]
        assert shown.removeprefix("lwk_") not in row[0]


def test_a_key_is_shut_by_its_end_its_revocation_and_its_account(store: Connection) -> None:
    users.add(store, "王芳", ["viewer"], None)
    expired, revoked, shut = (keys.create(store, name, "王芳")[0] for name in ("a", "b", "c"))
    store.execute("UPDATE landwatch.api_key SET expires_at = now() WHERE name = 'a'")
    keys.revoke(store, "b")
    assert keys.find(store, expired, HOME) is None
    assert keys.find(store, revoked, HOME) is None
    assert keys.find(store, shut, HOME) is not None
    users.disable(store, "王芳")
    assert keys.find(store, shut, HOME) is None
    for other in ("", "lwk_", "\0", "lwk_" + "x" * 10_000, "' or 1=1 --", "\ud800"):
        assert keys.find(store, other, HOME) is None


def test_a_key_never_reaches_beyond_its_account_not_even_later(store: Connection) -> None:
    users.add(store, "王芳", ["officer"], Scope(regions=("150600",)))
    with pytest.raises(UsageError, match="超出账号"):
        keys.create(store, "a", "王芳", roles=["manager"])
    with pytest.raises(UsageError, match="超出账号"):
        keys.create(store, "a", "王芳", scope=Scope(regions=("150000",)))
    with pytest.raises(UsageError, match="有效期"):
        keys.create(store, "a", "王芳", days=KEY.most_days + 1)
    shown, _ = keys.create(store, "a", "王芳")
    users.give_scope(store, "王芳", OTOG)
    users.give_roles(store, "王芳", ["viewer"])
    found = keys.find(store, shown, HOME)
    assert found is not None
    assert found.caller.scope == OTOG
    assert not found.caller.may("record")
