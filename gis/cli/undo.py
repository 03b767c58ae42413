"""`landwatch undo`: a delivery taken back, as a delivery of its own."""

from __future__ import annotations

import click

from gis import config, fields
from gis.cli import screen, usage
from gis.store import database, undoing

_SET_ASIDE = 1


@usage.command()
@click.argument("delivery", type=int)
@screen.json_option
def undo(delivery: int, as_json: bool) -> int:
    """撤销一次资料 Take a delivery back; records touched since stay as they are, and are told."""
    with database.connect(config.read()) as connection:
        done = undoing.undo(connection, delivery)
    if as_json:
        names = ("delivery", "undone", "kind", "restored", "ended", "revived", "kept")
        rows = screen.rows_of(done.told, ["row_no", "value", "message", "fix"]) if done.kept else []
        screen.say_json({name: getattr(done, name) for name in names} | {"rows": rows})
    else:
        screen.say(
            f"第 {done.delivery} 次资料：撤销第 {delivery} 次资料"
            f"（{fields.KINDS[done.kind].title}）：恢复原值 {done.restored:,}，"
            f"终止其新增 {done.ended:,}，恢复其终止 {done.revived:,}，"
            f"其后改动过而保留 {done.kept:,}。 Delivery {delivery} is taken back."
        )
        screen.show_refused(done.told, done.delivery)
    return _SET_ASIDE if done.kept else 0
