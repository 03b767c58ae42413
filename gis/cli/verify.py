"""`landwatch verify`: prove a folder that was handed out, cell by cell; or the audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gis import config, recorded_law
from gis.cli import deliver, screen, usage, verify_audit
from gis.errors import UsageError
from gis.files import drafts
from gis.law import Law
from gis.outputs.proof import folder, manifest, signature, verdict
from gis.outputs.proof.cells import PAGE, Difference, Group
from gis.outputs.proof.folder import Compared, Folder
from gis.outputs.proof.manifest import Manifest
from gis.outputs.proof.verdict import Verdict
from gis.pipeline import program
from gis.store import database, runs
from gis.store.cluster import server

EXIT_DIFFERS = 1
_MOST_SHOWN = 20
# What quotes the law: a sheet of the workbook, and the pages of reasons.
_OF_LAW, _BASIS = "法律数值待核", "_依据.html"
_SIDES = {
    verdict.STORE: ("文件中 in the file", "应为（数据库）should be (store)"),
    verdict.RUN: ("清单 in the manifest", "数据库 in the store"),
    verdict.FILES: ("清单 in the manifest", "文件 the file"),
    verdict.PACKAGE: ("清单 in the manifest", "文件中 in the file"),
    verdict.SIGNATURE: ("清单 in the manifest", "应为 should be"),
}


@usage.command()
@click.argument("path", metavar="FOLDER|MANIFEST|audit", type=screen.PATH, required=False)
@click.option(
    "--public-key",
    type=screen.PATH,
    metavar="FILE",
    help="只凭这把公钥核对，不用数据库（另一台机器上）Prove by this key alone, without a store",
)
@click.option(
    "--key", "is_key", is_flag=True, help="印出本机的公钥 Print this machine's public key"
)
@click.option(
    "--noted",
    metavar="号:摘要",
    help="审计：另处记下的一条 Audit: an entry noted elsewhere, NUMBER:DIGEST",
)
@screen.json_option
def verify(
    path: Path | None, public_key: Path | None, is_key: bool, noted: str | None, as_json: bool
) -> int:
    """核对报告 Prove a folder written by run --out: signature, files, every cell.

    landwatch verify audit 核对审计：没有一条被改、删、插、换。 It proves the audit: no entry was
    changed, removed, put in or moved.

    有数据库时按运行重新写出一遍，逐格比较；没有时只证明文件、清单和签名，并说明。
    With a store the folder is written anew from the run and held side by side, cell by cell.

    退出码 Exit 0: 没有不一致 nothing differs; 1: 有不一致 something differs.
    """
    if path is not None and str(path) == verify_audit.NAME and not is_key and public_key is None:
        return verify_audit.prove(noted, as_json)
    if noted is not None:
        raise UsageError(
            "--noted 只用于核对审计。 --noted is for the audit.",
            "写成 write landwatch verify audit --noted …",
        )
    settings = config.read()
    if is_key:
        if path is not None or public_key is not None:
            raise UsageError(
                "--key 只印公钥，不核对。 --key prints the key and proves nothing.",
                "分两次用 use them apart: landwatch verify --key > key.pem",
            )
        pem = signature.public_pem(settings.home)
        if as_json:
            raw = signature.own_key(settings.home)
            assert raw is not None
            screen.say_json({"public_key": pem, "fingerprint": signature.fingerprint(raw)})
        else:
            screen.say(*pem.rstrip("\n").split("\n"))
        return 0
    if path is None:
        raise UsageError(
            "没有给出要核对的目录。 No folder is named.", "landwatch verify out/，或 or --key"
        )
    place = path / manifest.NAME if path.is_dir() else path
    told = manifest.read(place)
    given = None if public_key is None else signature.given_key(public_key)
    found = Folder(place.parent, deliver.READERS, folder.counted(told.groups or ()))
    runs_: tuple[Difference, ...] = ()
    by_store, notes = None, [_WITHOUT_STORE]
    if given is None and (not settings.is_embedded or server.status(settings.home).is_made):
        runs_, by_store, notes = _against_store(told, found)
    by_package = None
    if told.groups is not None:
        by_package = folder.against_groups(found, told.groups, is_stored=False)
    else:
        notes.append("清单是旧格式：没有签名和文字单元格 an old form, without signature and texts")
    own = None if given is not None else signature.own_key(settings.home)
    by_files = folder.against_hashes(found, told)
    said = verdict.of(told, found, by_files, by_package, by_store, runs_, own, given)
    if as_json:
        screen.say_json(_json(said, told, place, notes))
    else:
        _say(said, told, notes)
    return 0 if said.is_right else EXIT_DIFFERS


_WITHOUT_STORE = "未与数据库核对：单元格与运行结果是否一致未证明 not held against a store"


def _against_store(
    told: Manifest, found: Folder
) -> tuple[tuple[Difference, ...], Compared | None, list[str]]:
    """Return what differs of the run, and the folder held against one written anew from it."""
    number = int(told.run["id"])
    with database.connect(config.read()) as connection:
        known = [run for run in runs.all_runs(connection) if run.id == number]
        if not known:
            gone = Difference("run", "", str(number), "id", number, None)
            return (gone,), None, [f"数据库里没有运行 {number} the store has no such run"]
        rules = recorded_law.of(connection, known[0])
        stored = manifest.of_run(known[0])
        apart = tuple(
            Difference("run", "", str(number), name, told.run.get(name), value)
            for name, value in stored.items()
            if told.run.get(name) != value
        )
        with drafts.temporary() as place:
            if told.listed is None:
                run = deliver.recounted(connection, known[0])
                deliver.write_files(connection, run, rules, place)
            else:
                deliver.write_listed(connection, known[0], told.listed, place)
            fresh = Folder(place, deliver.READERS, {})
            left_out, notes = _not_at_hand(told, rules, known[0].law_digest)
            return apart, folder.against_fresh(found, fresh, left_out), notes


def _not_at_hand(told: Manifest, rules: Law, law_digest: str) -> tuple[Any, list[str]]:
    """Return which groups today's program and law would write otherwise, and words for it."""
    notes = []
    is_other_program = told.written_by not in (None, program.code_digest())
    is_other_law = rules.digest != law_digest
    if is_other_program:
        notes.append(
            "由另一版本的程序写出：网页未逐字与数据库核对，其他不一致可能只是版式"
            " written by another version: pages are not held against the store word by word"
        )
    if is_other_law:
        notes.append(
            "法律数据已与运行时不同：法律数值和依据未与数据库核对"
            " the law data changed since the run: what quotes it is not held against the store"
        )

    def left_out(group: Group) -> bool:
        is_of_law = _OF_LAW in group.where or _BASIS in group.where
        return (is_other_program and group.kind == PAGE) or (is_other_law and is_of_law)

    return left_out, notes


def _json(said: Verdict, told: Manifest, place: Path, notes: list[str]) -> dict[str, Any]:
    shown = [verdict.as_json(way, one) for way, one in verdict.shown(said, _MOST_SHOWN)]
    return {
        "run": told.run["id"],
        "manifest": str(place),
        "files_count": len(told.files),
        "figures_count": said.cells_count,
        "is_right": said.is_right,
        "difference": shown[0] if shown else None,
        "differences_count": len(said.differences),
        "differences": shown,
        "proved": {
            "signature": said.signed,
            "key": None if said.key is None else signature.fingerprint(said.key),
            "files": said.files,
            "package": said.package,
            "store": said.store,
        },
        "resaved": list(said.resaved),
        "notes": notes,
    }


def _say(said: Verdict, told: Manifest, notes: list[str]) -> None:
    listed = verdict.shown(said, _MOST_SHOWN)
    for way, one in listed:
        place = " / ".join(part for part in (one.where, one.cell, one.row, one.column) if part)
        first, second = _SIDES[way]
        screen.say(f"不一致 Differs: {place}")
        printed, stored = (_shown(value, bool(one.cell)) for value in (one.printed, one.stored))
        screen.say(f"  {first}: {printed}", f"  {second}: {stored}")
    if len(said.differences) > len(listed):
        screen.say(f"……共 {len(said.differences):,} 处不一致 differences in all")
    if said.is_right:
        screen.say(
            f"一致 All agree: {said.cells_count:,} 个单元格 cells, {len(told.files)} 个文件 files,"
            f" 运行 run {told.run['id']}"
        )
    for name in said.resaved:
        screen.say(
            f"{name} 被另存过：单元格逐一相同，字节不同，不是改动"
            " was saved anew: every cell is the same, the bytes are not"
        )
    files = said.files or (None if said.is_right and said.resaved else False)
    finger = "" if said.key is None else f"（{signature.fingerprint(said.key)}）"
    screen.say(f"签名 signature: {verdict.WORDS[said.signed]}{finger}")
    for title, result in (
        ("文件与清单 files against the manifest", files),
        ("单元格与清单 cells against the manifest", said.package),
        ("单元格与数据库 cells against the store", said.store),
    ):
        words = _BUT_RESAVED if title.startswith("文件") and result is None else _RESULTS[result]
        screen.say(f"{title}: {words}")
    for note in notes:
        screen.say(f"注意 note: {note}")


_BUT_RESAVED = "除另存的工作簿外已证明一致 proved but for what was saved anew"
_RESULTS = {
    True: "已证明一致 proved",
    False: "有不一致 something differs",
    None: "未核对 not looked at",
}


def _shown(value: Any, is_cell: bool) -> str:
    if value is None:
        return "（空 nothing）"
    is_text = is_cell and isinstance(value, str) and _is_number(value)
    return f"{value}（文本 text）" if is_text else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
