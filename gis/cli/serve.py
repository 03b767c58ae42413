"""`landwatch serve`: pages and API over HTTP, on this machine or behind a proxy."""

from __future__ import annotations

import click

from gis import config
from gis.accounts import audit, embeds
from gis.accounts.settings import WRITING
from gis.cli import reasons, screen, streams, usage, which_run
from gis.cli.own_worker import OwnWorker
from gis.recorded_law import of as law_of
from gis.store import database
from gis.store.database import Connection
from gis.store.runs import Run

# To the store, of a server at most: those that read, that write, that look up who asks, that hear
# of jobs.
_READING, _WRITING, _KNOWING, _HEARING = 16, 4, 4, 1


@usage.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="本机地址 Address of this machine"
)
@click.option("--port", type=int, default=8000, show_default=True, help="端口 Port")
@click.option(
    "--require-accounts",
    is_flag=True,
    help="没有账号时一律 503；在反向代理之后必须用 Answer nothing until an account is made: "
    "needed behind a reverse proxy",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    help="本服务的主机名，可多次 A host name this server answers to; several times",
)
@click.option(
    "--no-worker",
    is_flag=True,
    help="不带执行程序，另由 landwatch work 执行任务 Start no worker: landwatch work does the jobs",
)
def serve(
    host: str, port: int, require_accounts: bool, names: tuple[str, ...], no_worker: bool
) -> None:
    """提供服务 Serve pages and API; without accounts for this machine alone.

    附带一个执行任务的程序，随服务结束，死了自动重启。 One worker comes with it, ends
    with it, and is started again when it dies.
    """
    from api import serve as server
    from api import uploads
    from api.ahead import Ahead
    from api.app import create_app
    from gis.cli import served_work
    from gis.outputs.calendar.of_subject import due_of, due_of_many
    from gis.pipeline.explain import explain, explain_supplies
    from gis.store import memory, pool
    from gis.tiles import maker
    from maps import base_map
    from maps.basis import Reasons

    memory.give_back_what_is_freed()
    streams.log_to_file("serve")
    server.check(host, port, require_accounts)
    # What is set wrongly is told now, not to whoever comes first.
    embeds.ancestors()
    audit.algorithm()
    base_map.parsed(config.read().base_map)
    settings = config.read()
    with database.connect(settings) as connection:
        uploads.tidy(connection)

    def basis(connection: Connection, run: Run, subject: str) -> tuple[Reasons, str]:
        rules = law_of(connection, run)
        return reasons.of_one(connection, run, subject, rules), which_run.differs(run, rules)

    reading = pool.Pool(settings, _READING, is_read_only=True)
    # Few write at once: who waits for a long load gives the place back.
    writing = pool.Pool(settings, _WRITING, lock_seconds=WRITING.lock_seconds)
    knowing = pool.Pool(settings, _KNOWING, is_read_only=True)
    hearing = pool.Pool(settings, _HEARING, is_read_only=True)
    drawing = pool.Pool(settings, maker.AT_ONCE, is_read_only=True)
    work = served_work.work()
    app = create_app(
        reading.connection,
        lambda connection, run, subject: (
            explain(connection, subject, run.as_of, run.delivery, law_of(connection, run)).content
        ),
        basis,
        lambda connection, run, subjects: {
            subject: trace.content
            for subject, trace in explain_supplies(
                connection, subjects, run.as_of, run.delivery, law_of(connection, run)
            ).items()
        },
        why_in_english=lambda connection, run, subject: (
            explain(
                connection, subject, run.as_of, run.delivery, law_of(connection, run), "en"
            ).content
        ),
        due=lambda connection, run, subject: due_of(
            connection, run, subject, law_of(connection, run)
        ),
        due_many=lambda connection, run, subjects: due_of_many(
            connection, run, subjects, law_of(connection, run)
        ),
        writing=writing.connection,
        knowing=knowing.connection,
        hearing=hearing.connection,
        drawing=drawing.connection,
        work=work,
        names=(*names, host),
        require_accounts=require_accounts,
    )
    memory.keep_for_good()
    ahead = Ahead(app.state, reading.connection)
    worker = None if no_worker else OwnWorker()
    screen.say(f"http://{host}:{port}/  （Ctrl+C 停止 to stop）", err=True)
    try:
        server.serve(app, host, port, require_accounts)
    finally:
        ahead.close()
        if worker is not None:
            worker.close()
        for each in (work, reading, writing, knowing, hearing, drawing):
            each.close()
