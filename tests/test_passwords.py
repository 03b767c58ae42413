"""What a password must be, and that it fits itself only."""

from __future__ import annotations

import pytest

from gis.accounts import passwords
from gis.accounts.settings import PASSWORD
from gis.errors import UsageError

GOOD, OTHER = "Caoyuan-2026-zao", "Shamo+Hongliu-77"


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("Ab1-", "不足"), ("Ab1-" * 40, "超过"), ("abcdefghij", "种类太少"),
        ("Aa1Aa1Aa1Aa1", "同一字符"),
        ("Wangfang-2026", "含账号名"), ("xGnafgnaw-2026", "含账号名"), ("P@ssw0rd2026!", "常用"),
        ("Admin@123456", "常用"), ("1qaz@WSX3edc", "常用"), ("Caoyuan-20\u200b26", "看不见"),
        ("ABCabc123!@#", "常用"), ("2026-2027-2028", "种类太少"),
    ],
)  # fmt: skip
def test_a_password_that_is_easily_guessed_is_refused(password: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        passwords.check("wangfang", password)


@pytest.mark.parametrize(
    "password", [GOOD, OTHER, "草原上的羊Ab-2026", "Tr0ub4dor&3-x", "ᠮᠣᠩᠭᠣᠯ-Ab-12"]
)
def test_a_password_that_is_not_is_taken_as_it_is(password: str) -> None:
    passwords.check("wangfang", password)
    assert passwords.fits(password, passwords.hashed(password))
    assert not passwords.fits(password + " ", passwords.hashed(password))
    assert PASSWORD.least_letters <= len(password)
