"""PostgreSQL's own programs: where they lie, and how to run one as the user who may."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from gis.errors import StoreError
from gis.store.cluster import faults

OLDEST = 15
DEBIAN = Path("/usr/lib/postgresql")
_INSTALL = (
    "apt-get install postgresql-15 postgresql-15-postgis-3 (or any newer version of the pair)"
)


def folder(version: int | None = None) -> Path:
    """Return the folder of `initdb`, `pg_ctl` and `postgres`: of `version`, else the newest.

    Debian's /usr/lib/postgresql/*/bin comes before PATH, and a version with PostGIS before a
    newer one without. StoreError when nothing of version 15 or later is installed.
    """
    found = {_version(place): place for place in _places()}
    fit = {number: place for number, place in found.items() if number >= OLDEST}
    if version is not None:
        fit = {number: place for number, place in fit.items() if number == version}
        if not fit:
            raise StoreError(
                f"数据库由 PostgreSQL {version} 建立，该版本已不在本机。 "
                f"The store was made by PostgreSQL {version}, which is not installed any more.",
                f"安装 apt-get install postgresql-{version} postgresql-{version}-postgis-3",
            )
    if not fit:
        met = f"only version {max(found)}" if found else "no PostgreSQL server"
        raise StoreError(
            f"本机没有 PostgreSQL {OLDEST} 或更高版本。 "
            f"{met} is installed on this machine; the store needs PostgreSQL {OLDEST} or later.",
            f"安装 install it: {_INSTALL}, or point LANDWATCH_DATABASE_URL at a PostGIS elsewhere",
        )
    with_postgis = [number for number in fit if _has_postgis(number)]
    return fit[max(with_postgis or fit)]


def postgis_missing(version: int) -> StoreError:
    """Return the error for a PostgreSQL without PostGIS."""
    return StoreError(
        f"PostgreSQL {version} 没有装 PostGIS。 PostgreSQL {version} is installed without PostGIS.",
        f"安装 install it: apt-get install postgresql-{version}-postgis-3",
    )


def owner() -> pwd.struct_passwd:
    """Return the user who runs the server: `postgres` when we are root, ourselves otherwise."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise StoreError(
            "本机没有用户 postgres。 "
            "There is no user `postgres`, as whom the server runs when root starts it.",
            f"安装 install it: {_INSTALL}",
        ) from None


def run(command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program as `owner()` in English and without our environment; its output is text."""
    who = owner()
    is_root = os.geteuid() == 0
    done = subprocess.run(  # noqa: S603 - the program comes from folder()
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
        check=False,
        user=who.pw_uid if is_root else None,
        group=who.pw_gid if is_root else None,
        extra_groups=[] if is_root else None,
    )
    if faults.is_disk_full(done.stdout):
        raise faults.disk_full()
    return done


def _places() -> list[Path]:
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    # The later one of a version wins, so that Debian's own folder stands for it.
    return places + sorted(DEBIAN.glob("*/bin"))


def _version(place: Path) -> int:
    program = place / "postgres"
    if not program.exists() or not (place / "initdb").exists():
        return 0
    if place.parent.parent == DEBIAN and place.parent.name.isdigit():
        return int(place.parent.name)
    said = subprocess.run(  # noqa: S603 - found on PATH beside initdb
        [str(program), "--version"], capture_output=True, text=True, check=False
    )
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number else 0


def _has_postgis(version: int) -> bool:
    return Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists()
