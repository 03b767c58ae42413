"""The list of licences, made from what the installed packages say of themselves.

`scripts/licences` writes docs/licences.md; `scripts/licences --print` shows it.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/licences.md"
LOCKS = {"run": "scripts/requirements.txt", "test": "scripts/requirements-dev.txt"}
PIN = re.compile(r"([a-z0-9][a-z0-9-]*)==([0-9][\w.]*)")
# What packages call their licence -> its SPDX name.
SPDX = {
    "MIT License": "MIT",
    "New BSD": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Packages that name none in their metadata: what the licence file inside them says, looked up.
LOOKED_UP = {"resvg-py": "MIT"}
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EPL|CDDL|EUPL)", re.IGNORECASE)
# Debian's packages are programs of their own: started, or spoken to over a socket; none is shipped.
# name -> who needs it, and the licence its copyright file gives for the program itself
DEBIAN = {
    "postgresql-15": ("run", "PostgreSQL"),
    "postgresql-15-postgis-3": ("run", "GPL-2.0-or-later"),
    "python3": ("run", "PSF-2.0"),
    "ca-certificates": ("run", "MPL-2.0 AND GPL-2.0-or-later"),
    "nodejs": ("setup", "MIT"),
    "npm": ("setup", "Artistic-2.0"),
    "chromium": ("test", "BSD-3-Clause"),
    "gdal-bin": ("test", "MIT"),
    "poppler-utils": ("test", "GPL-2.0-only OR GPL-3.0-only"),
    "nginx-light": ("test", "BSD-2-Clause"),
    "systemd": ("test", "LGPL-2.1-or-later"),
    "python3-qgis": ("test", "GPL-2.0-or-later"),
    "strace": ("test", "LGPL-2.1-or-later"),
    "fonts-noto-cjk": ("test", "OFL-1.1"),
    "libatomic1": ("test", "GPL-3.0-or-later WITH GCC-exception-3.1"),
}
NEEDED = {"run": "运行 to run", "setup": "安装 to set up", "test": "测试 to test"}
HEAD = """# Licences

landwatch itself is under the MIT licence ([LICENSE](../LICENSE)), holder: landwatch contributors.

Made by `scripts/licences` from what the installed packages say of themselves;
`tests/test_licences.py` holds it against the lock files. None of what follows lies in this
repository: it is fetched when landwatch is set up.

## What copyleft means here

- **psycopg, psycopg-binary, psycopg-pool (LGPL-3.0-only)** are imported as they are, from their own
  packages, which anybody may replace: that is what the licence asks of a program that uses them,
  and ours stays MIT. Who hands on an installed landwatch (an image, a disk) hands on psycopg's
  licence and the offer of its source with it. psycopg-binary brings libpq, OpenSSL, Kerberos:
  permissive.
- **certifi, pathspec, hypothesis (MPL-2.0)**, ca-certificates in part: file by file; a changed file
  of theirs would have to be published, and none is changed. pathspec only builds, hypothesis only
  tests.
- **axe-core (MPL-2.0)** looks at our pages in tests, unchanged; no page brings it along.
- **PostGIS (GPL-2.0-or-later)** is an extension of the server, spoken to over a socket in SQL; our
  program is no part of it. Who hands on a server with PostGIS gives its source with it, as Debian
  does.
- **strace (LGPL-2.1-or-later)**, **systemd (LGPL-2.1-or-later)**,
  **poppler-utils (GPL-2.0-only OR GPL-3.0-only)** and **python3-qgis (GPL-2.0-or-later)** are
  programs the tests start to follow opened files, to read the units, to look at printed pages and
  at GeoPackages; the program itself starts none of them.
- **GEOS (LGPL-2.1)** lies inside the wheels of shapely, fiona and rasterio as a library of its own,
  unchanged; GDAL and PROJ inside them are MIT. numpy's wheel brings GCC's runtime libraries, as
  **libatomic1** is one (GPL with the runtime exception: it does not reach what is linked to it).

Nothing here is under a licence that would reach into landwatch's own source.
"""


def pins(lock: str) -> dict[str, str]:
    """Return name -> version of everything a lock file pins."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return dict(found.groups() for line in lines if (found := PIN.match(line)))


def licence(name: str) -> str:
    """Return the licence an installed package names: expression, else field, else classifier."""
    if name in LOOKED_UP:
        return LOOKED_UP[name]
    told = metadata.metadata(name)
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    field = (told.get("License") or "").strip().splitlines()
    classes = [entry.split(" :: ")[-1] for entry in told.get_all("Classifier") or []
               if entry.startswith("License ::")]  # fmt: skip
    found = [entry for entry in [*field[:1], *classes] if entry]
    if not found:
        raise SystemExit(f"{name} names no licence: look it up and say it here")
    return next((SPDX[entry] for entry in found if entry in SPDX), found[0])


def python_rows() -> list[tuple[str, str, str, str]]:
    """Return (name, version, licence, needed for) of every pinned package, by name."""
    run, test = pins(LOCKS["run"]), pins(LOCKS["test"])
    return [
        (name, version, licence(name), "run" if name in run else "test")
        for name, version in sorted(test.items())
    ]


def front_end_rows() -> list[tuple[str, str, str, str]]:
    """Return the same of every package of the front-end lock; its LICENSE file is looked at."""
    lock = json.loads((ROOT / "scripts/web/package-lock.json").read_text(encoding="utf-8"))
    return [
        (
            name.removeprefix("node_modules/"),
            entry["version"],
            entry.get("license", "?"),
            "test" if entry.get("dev") else "run",
        )
        for name, entry in sorted(lock["packages"].items())
        if name
    ]


def table(title: str, rows: list[tuple[str, str, str, str]]) -> str:
    """Return one table; copyleft licences are set bold."""
    lines = [f"## {title}", "", "| package | version | licence | needed |", "|---|---|---|---|"]
    for name, version, told, needed in rows:
        shown = f"**{told}**" if COPYLEFT.search(told) else told
        lines.append(f"| {name} | {version} | {shown} | {NEEDED[needed]} |")
    return "\n".join(lines) + "\n"


def document() -> str:
    """Return the whole of docs/licences.md."""
    debian = [(name, "Debian 12", told, needed) for name, (needed, told) in DEBIAN.items()]
    parts = [
        HEAD,
        table("Python packages", python_rows()),
        table("Front end", front_end_rows()),
        table("Debian packages", debian),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(document())
    else:
        OUT.write_text(document(), encoding="utf-8")
