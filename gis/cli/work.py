"""`landwatch work`: what waits is done, one job after the other."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click

from gis import config
from gis.cli import screen, streams, usage
from gis.cli.job_kinds import DUE, KINDS, PATIENT
from gis.jobs.worker import Worker

_ENDING_SECONDS = 20


@usage.command()
@click.option("--once", is_flag=True, help="做完排队的任务就结束 End when nothing waits")
@click.option(
    "--under-server",
    is_flag=True,
    hidden=True,
    help="随标准输入关闭而结束（serve 用） End when stdin is closed: how serve starts it",
)
@screen.json_option
def work(once: bool, under_server: bool, as_json: bool) -> None:
    """执行排队的任务 Do the jobs that wait: loads, runs, exports, maps, reports.

    可以同时开几个，一项任务只由其中一个做；被杀死的，任务由下一个从头再做。 Several may run at
    once; a job is one worker's alone, and is begun again by the next where that one was killed.
    """
    from gis.store import memory

    memory.give_back_what_is_freed()
    streams.log_to_file("work")
    if under_server:
        threading.Thread(target=_end_with_server, daemon=True).start()
    worker = Worker(config.read(), KINDS, due=DUE, patient=PATIENT)
    if not once:
        worker.work()
    count = worker.work_off()
    if as_json:
        screen.say_json({"ended_count": count})
        return
    screen.say(f"做完 {count} 项任务，没有排队的了 · {count} jobs ended, none waits")


def _end_with_server() -> None:
    """End in order when the server that started this worker is gone, however it went."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_ENDING_SECONDS)
    os._exit(1)
