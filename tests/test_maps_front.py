"""The step that fetches the front-end packages, and the lock it fetches them by."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_second_call_needs_neither_npm_nor_a_network() -> None:
    first = ROOT / "maps/static/vendor/leaflet/leaflet.js"
    assert first.is_file(), "run scripts/setup"
    before = first.stat().st_mtime_ns
    done = subprocess.run(
        ["/bin/bash", ROOT / "scripts/front"],
        env={"PATH": "/usr/bin:/bin", "npm_config_offline": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert first.stat().st_mtime_ns == before


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "scripts/web/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in json.dumps(lock)
