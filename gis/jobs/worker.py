"""The worker: one job after the other, begun again where a worker died, told as it goes on."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

from gis.accounts import users
from gis.config import Config
from gis.errors import LandwatchError, StoreError, StoreFullError, UsageError
from gis.files import disk, fault_report
from gis.jobs import queue, result_files, taking
from gis.jobs.job import Job
from gis.jobs.settings import JOBS
from gis.jobs.work import CancelledError, PutOffError, Work
from gis.pipeline import program
from gis.store import database, listening
from gis.store.cluster import faults
from gis.store.database import Connection

_LOG = logging.getLogger(__name__)
# Name of a kind -> where its function is, module:function: its libraries load with the first job.
Kinds = Mapping[str, str]
Function = Callable[[Work], Mapping[str, Any] | None]
Due = Callable[[Connection, datetime], None]


class ReplacedError(UsageError):
    """The program on the disk is another by now: this process does no more jobs."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "程序已更换，本执行程序结束。 The program was replaced on the disk: this worker ends.",
            "重新启动 start it again: landwatch work",
        )


def now() -> datetime:
    """Return the instant it is."""
    return datetime.now(UTC)


def nothing_is_due(_: Connection, __: datetime) -> None:
    """Begin nothing by itself."""


class Worker:
    """Does jobs of the store that `settings` name, by the functions of `kinds`.

    `due(connection, now)` is called before each look for a job: what begins by itself is queued
    there, under a key of its own. `clock` says what instant it is; it may go back and forward.
    """

    def __init__(
        self,
        settings: Config,
        kinds: Kinds,
        *,
        due: Due = nothing_is_due,
        clock: Callable[[], datetime] = now,
        patient: Sequence[str] = (),
    ) -> None:
        """`kinds`: name -> module:function, called with the `Work` of a job.

        `patient`: those of them that let any other be done first, also when they are begun.
        """
        self._patient = patient
        self._settings, self._kinds = settings, kinds
        self._due, self._clock = due, clock
        self._swept_at = -JOBS.swept_every_seconds
        # Of the sources it was started with.
        program.code_digest()

    def work_off(self) -> int:
        """Do what waits, and return how many jobs were ended when nothing waits any more."""
        count = 0
        with closing(database.connect(self._settings)) as connection:
            while self._did_one(connection):
                count += 1
        return count

    def work(self) -> None:
        """Do what comes, until the process is told to end; ReplacedError when its program is.

        A store that goes away is waited for.
        """
        waits = JOBS.waits_least_seconds
        database.connect(self._settings).close()
        while not program.is_replaced():
            try:
                with faults.explained(), closing(self._connected()) as connection:
                    waits = JOBS.waits_least_seconds
                    self._work_on(connection)
            except StoreError as fault:
                _LOG.warning("%s", fault)
            time.sleep(waits)
            waits = min(2 * waits, JOBS.waits_most_seconds)
        raise ReplacedError

    def _connected(self) -> Connection:
        """Return a connection; StoreError where somebody stopped the store, to start it again."""
        return database.connect(self._settings, starts=False)

    def _work_on(self, connection: Connection) -> None:
        listening.listen(connection, queue.CHANNEL)
        while True:
            if not self._did_one(connection):
                listening.heard(connection, JOBS.looks_every_seconds)

    def _did_one(self, connection: Connection) -> bool:
        """Do one job, if one waits."""
        self._sweep(connection)
        self._due(connection, self._clock())
        job = taking.take(connection, self._patient)
        if job is None:
            return False
        if program.is_replaced():
            taking.given_back(connection, job)
            raise ReplacedError
        _LOG.info("job %s (%s) begins, attempt %s", job.id, job.kind, job.attempt_count)
        try:
            self._do(connection, job)
        except Exception:
            raise
        except BaseException:
            # Told to end in the middle of a statement: of this session nothing is known any more.
            connection.close()
            with suppress(LandwatchError), closing(self._connected()) as other:
                taking.given_back(other, job)
            raise
        taking.let_go(connection, job.id)
        return True

    def _do(self, connection: Connection, job: Job) -> None:
        """Do a job and tell what came of it; StoreError where that cannot be told.

        What the store did not let end is done again; what was refused, or what the disk is too full
        for, would be refused again at once.
        """
        door = _LastDoor(job)
        with door:
            result = self._done(connection, job)
            taking.done(connection, job, result, result_files.told(self._settings.home, job.id))
        fault = door.fault
        if fault is None:
            return
        _LOG.warning("job %s (%s): %s", job.id, job.kind, fault)
        try:
            _tell(connection, job, fault)
        except StoreError:
            # The session was lost, which may be all that is wrong.
            with closing(self._connected()) as other:
                _tell(other, job, fault)
            raise

    def _done(self, connection: Connection, job: Job) -> Mapping[str, Any] | None:
        function = self._function(job)
        _must_still_be_allowed(connection, job)
        with (
            closing(self._connected()) as telling,
            result_files.filling(self._settings.home, job.id) as folder,
        ):
            work = Work(job, self._settings, connection, folder, telling, self._patient)
            with work.watched():
                return function(work)

    def _function(self, job: Job) -> Function:
        named = self._kinds.get(job.kind)
        if named is None:
            raise UsageError(
                f"现在的程序没有“{job.kind[:40]}”这类任务。 There is no such kind of job here.",
                f"可用 known: {'、'.join(self._kinds)}",
            )
        module, _, name = named.partition(":")
        function: Function = getattr(importlib.import_module(module), name)
        return function

    def _sweep(self, connection: Connection) -> None:
        if time.monotonic() - self._swept_at >= JOBS.swept_every_seconds:
            self._swept_at = time.monotonic()
            for number in result_files.sweep(connection, self._settings.home):
                _LOG.info("the files of job %s were swept", number)


def _must_still_be_allowed(connection: Connection, job: Job) -> None:
    """Raise UsageError where the account that asked was closed since, or has less land by now."""
    try:
        owner = users.get(connection, job.owner)
    except UsageError:
        # The person at the machine, or the clock.
        return
    if owner.is_disabled or (owner.scope is not None and not queue.is_within(job, owner.scope)):
        raise UsageError(
            f"提交人“{job.owner}”的账号其后已停用，或管辖范围已变，任务没有做。 The account that "
            "asked was closed since, or has other land by now: the job was not done.",
            "由有权的账号重新提交 have it asked for by an account that may",
        )


def _tell(connection: Connection, job: Job, fault: LandwatchError) -> None:
    """Write down why a job was not done."""
    if isinstance(fault, CancelledError):
        taking.cancelled(connection, job)
    elif isinstance(fault, PutOffError):
        taking.given_back(connection, job, taking.LETS_OTHERS_FIRST)
    elif isinstance(fault, StoreError) and not isinstance(fault, StoreFullError):
        if taking.again(connection, job, fault):
            time.sleep(JOBS.waits_least_seconds)
    else:
        taking.failed(connection, job, fault)


class _LastDoor:
    """What a job raises becomes why it failed; of a fault of ours a report is written."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.fault: LandwatchError | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> bool:
        if isinstance(fault, Exception):
            self.fault = _known(fault) or self._unforeseen(fault)
        return isinstance(fault, Exception)

    def _unforeseen(self, fault: Exception) -> LandwatchError:
        place, text = fault_report.report(fault, ["job", self._job.kind, str(self._job.id)])
        told = fault_report.in_one_line(fault)
        _LOG.error("unforeseen fault: %s; report: %s", told, text if place is None else place)
        return LandwatchError(
            "程序自身出错，没有保留结果。 The program itself failed; nothing was kept.",
            "详情见服务器日志 the server's log says more",
        )


def _known(fault: Exception) -> LandwatchError | None:
    """Return the error a person can mend, None for what nobody foresaw."""
    if isinstance(fault, LandwatchError):
        return fault
    if isinstance(fault, OSError) and disk.is_known(fault):
        return disk.as_disk_error(fault.filename or "磁盘 disk", fault)
    return faults.of_server(fault)
