"""`scripts/bench`: measure, print the table, and put it into the README if asked."""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from scripts.benchmarks import (
    changes,
    clock,
    firms,
    growth,
    indicators,
    load,
    measure,
    millions,
    overlay,
    pages,
    processes,
    province,
    register,
    service,
    stages,
    tiles,
)
from scripts.benchmarks.chinese import in_chinese

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
BENCHMARKS = {
    "load": load,
    "register": register,
    "clock": clock,
    "overlay": overlay,
    "run": stages,
    "changes": changes,
    "processes": processes,
    "millions": millions,
    "province": province,
    "growth": growth,
    "indicators": indicators,
    "service": service,
    "tiles": tiles,
    "pages": pages,
    "firms": firms,
}


def main() -> None:
    """Run the benchmarks named, or all."""
    options = argparse.ArgumentParser(prog="scripts/bench")
    options.add_argument("names", nargs="*", help=f"one of {', '.join(BENCHMARKS)}")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--home", type=Path, help="where data and cluster lie, default .bench/")
    options.add_argument("--write", action="store_true", help="put the table into the READMEs")
    asked = options.parse_args()
    for name in {*asked.names} - {*BENCHMARKS}:
        options.error(f"no benchmark {name!r}: {', '.join(BENCHMARKS)}")
    home = asked.home or Path(".bench").absolute()
    for name in asked.names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        # What takes a quarter of an hour is measured once, whatever is asked.
        rounds = getattr(benchmark, "ROUNDS", asked.rounds)
        table = markdown(benchmark.HEADS, benchmark.rows(home, rounds))
        text = f"{table}\n\n{circumstances(rounds, benchmark.METHOD)}\n"
        print(text)
        if asked.write:
            write(name, text)


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; columns of figures are set flush right."""
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("|---|---|" + "---:|" * (len(heads) - 2))
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def circumstances(rounds: int, method: str) -> str:
    """Return the most memory held, and what figures depend on: machine, versions, how busy it was.

    To be asked for when all is measured, by the program that has measured.
    """
    peak_mb = measure.peak_bytes() / 1e6
    gdal = subprocess.run(["ogr2ogr", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in ("pandas", "pyogrio", "shapely", "psycopg", "distributed")
    )
    told = "One round" if rounds == 1 else f"Medians of {rounds} rounds"
    return (
        f"{told}. {method} Peak memory of the largest process, the server's aside: "
        f"{peak_mb:.0f} MB. {_processor()}, {os.cpu_count()} cores, "
        f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB; Python "
        f"{platform.python_version()}, {versions}; {gdal.stdout.split(',')[0]}, PostgreSQL 15. "
        f"Load average {measure.load_average()}. "
        f"Ten million additions in a loop of Python: {measure.additions_seconds():.2f} s."
    )


def write(name: str, text: str) -> None:
    """Put a table between its markers in the README of either language, in that language."""
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    for readme in READMES:
        page = readme.read_text(encoding="utf-8")
        if start not in page or end not in page:
            sys.exit(f"{readme.name} has no place for it: {start} ... {end}")
        pattern = re.compile(re.escape(start) + ".*" + re.escape(end), re.DOTALL)
        draft = readme.with_suffix(".draft")
        told = in_chinese(text) if readme.name.endswith(".zh.md") else text
        section = f"{start}\n{told}{end}"
        draft.write_text(pattern.sub(section.replace("\\", r"\\"), page), encoding="utf-8")
        draft.replace(readme)


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1].strip() if found else platform.machine()


if __name__ == "__main__":
    main()
