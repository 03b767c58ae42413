"""`landwatch work` and `landwatch jobs`: what waits is done, listed, shown, cancelled."""

from __future__ import annotations

from gis import config, contracts
from gis.accounts import audit
from gis.jobs import queue
from gis.store.database import Connection
from tests.stores import Store
from tests.test_command import assert_fits


def test_the_command_works_off_lists_shows_and_cancels_jobs(store: Connection) -> None:
    """Of three jobs one is cancelled, one fails for want of a run, one is of no kind there is."""
    desk = Store(config.read().database_url or "", config.read().home)
    cancelled, failed, unknown = (
        queue.submit(store, kind, {}, owner="甲", scope=None) for kind in ("maps", "maps", "旧类")
    )
    told = desk.json("jobs", "cancel", str(cancelled))
    assert (told["state"], told["log"]) == ("cancelled", [])
    assert desk.json("work", "--once") == {"ended_count": 2}
    listed = desk.json("jobs", "list")
    assert [row["id"] for row in listed["rows"]] == [unknown, failed, cancelled]
    for row in listed["rows"]:
        assert_fits([row], contracts.JSON["jobs"]["rows"], "jobs.rows")
    assert desk.json("jobs", "list", "--state", "failed", "--limit", "1")["count"] == 2
    shown = desk.json("jobs", "show", str(failed))
    assert [*shown] == [*contracts.JSON["job"]]
    for name, kind in contracts.JSON["job"].items():
        if not kind.startswith("list"):
            assert_fits(shown[name], kind, f"job.{name}")
    assert "还没有运行" in shown["fault"]["found"]
    said = desk.call("jobs").stdout
    assert "地图" in said
    assert "旧类" in said
    assert "失败" in desk.call("jobs", "show", str(unknown)).stdout
    for number in (cancelled, failed, 999):
        refused = desk.call("jobs", "cancel", str(number))
        assert refused.code == 2, refused.stdout
    (entry,) = [one for one in audit.entries(store, 99) if one.action.startswith("取消任务")]
    assert entry.object == str(cancelled)
