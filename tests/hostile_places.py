"""Deliveries that are no plain file: pipes, circles, folders, misleading names, company beside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.intake_samples import parcels, write_shapefile

Maker = Callable[[Path, str], Path]  # (folder, address nobody may ask) -> the file to deliver


def named(name: str | bytes) -> Maker:
    """A sound GeoPackage under a name that libraries take for something else."""

    def make(folder: Path, address: str) -> Path:
        sound = folder / "sound.gpkg"
        parcels().to_file(sound, layer="宗地", driver="GPKG")
        path = folder / (os.fsdecode(name) if isinstance(name, bytes) else name)
        sound.rename(path)
        return path

    return make


def pipe(folder: Path, address: str) -> Path:
    os.mkfifo(folder / "pipe.gpkg")
    return folder / "pipe.gpkg"


def pipe_beside(suffix: str) -> Maker:
    def make(folder: Path, address: str) -> Path:
        path = write_shapefile(folder / "parcels.shp")
        path.with_suffix(suffix).unlink(missing_ok=True)
        os.mkfifo(path.with_suffix(suffix))
        return path

    return make


def beside(ending: str, put: Callable[[Path], object]) -> Maker:
    """A sound GeoPackage, and beside it what SQLite would open with it."""

    def make(folder: Path, address: str) -> Path:
        path = named("parcels.gpkg")(folder, address)
        put(path.with_name(path.name + ending))
        return path

    return make


def circle(folder: Path, address: str) -> Path:
    (folder / "circle.gpkg").symlink_to("circle.gpkg")
    return folder / "circle.gpkg"


def folder(folder: Path, address: str) -> Path:
    (folder / "parcels.shp").mkdir()
    return folder / "parcels.shp"
