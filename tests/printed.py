"""Pages as a printer gets them: the PDF of a page, its sheets as pixels and as text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

DOTS_PER_INCH = 96
Pixels = npt.NDArray[np.uint8]


def sheets(tab: Page, folder: Path) -> list[Pixels]:
    """Return every sheet of paper a page is printed on as rows x columns x red, green, blue."""
    return pixels(pdf(tab, folder), folder)


def pdf(tab: Page, folder: Path) -> Path:
    """Print a page as its own style sheet asks, without the browser's wish for backgrounds."""
    out = folder / "page.pdf"
    tab.pdf(path=str(out), prefer_css_page_size=True)
    return out


def pixels(paper: Path, folder: Path) -> list[Pixels]:
    """Return the pages of a PDF as pixels, at 96 an inch."""
    prefix = folder / "sheet"
    subprocess.run(["pdftoppm", "-r", str(DOTS_PER_INCH), str(paper), str(prefix)], check=True)
    return [_read(file) for file in sorted(folder.glob("sheet-*.ppm"))]


def words(paper: Path) -> list[str]:
    """Return the text of each page of a PDF."""
    call = ["pdftotext", "-layout", str(paper), "-"]
    text = subprocess.run(call, check=True, capture_output=True).stdout.decode("utf-8")
    return text.split("\f")[:-1]


def near(sheet: Pixels, colour: str, tolerance: int = 6) -> npt.NDArray[np.bool_]:
    """Return where a sheet has a colour written #rrggbb."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    there: npt.NDArray[np.bool_] = (abs(sheet.astype(int) - wanted) <= tolerance).all(axis=2)
    return there


def _read(file: Path) -> Pixels:
    _, size, _, content = file.read_bytes().split(b"\n", 3)
    width, height = (int(number) for number in size.split())
    return np.frombuffer(content, dtype=np.uint8).reshape(height, width, 3)
