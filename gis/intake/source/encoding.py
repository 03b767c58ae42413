"""The encoding of a file's text, scored on the text itself; a declaration is only a hint.

A GBK shapefile without `.cpg` reads as garbage without a warning, and a `.cpg` may lie. So every
candidate decodes the bytes, and the one whose characters a land register would use wins.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from gis.errors import DeliveryError
from gis.intake.source import illegible

# The characters that fill Chinese land registers, simplified and traditional.
_USUAL = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说"
    "产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点"
    "从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原"
    "又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革"
    "位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强"
    "放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交"
    "受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八"
    "离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫究观越织装影算低持音众书布复"
    "容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值"
    "号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参"
    "红细引听该铁价严宗监址权住宅仓储供批租拨挂拍协签订竣坐落项亩顷编码镇乡村街巷旗蒙鄂尔准罗呼乌赤峰通辽"
    "锡林郭勒巴彦淖阿拉善兴安盟园区块基础设施限责公司有股份集团煤炭能源"
    "國會個們時來對發動產種經過後點還與關數實應開現體電業縣號權證類單區積圖東車長門間問題總農專場頭聯邊"
    "處據將統線級組終給紀約綠縮織繼續買賣費資質軍輸轉運達遠選鄉鎮銀錢鐵隊陽際陸隨難雲響頂項順須預領頻"
    "風飛養馬驗體魚鳥麗黃齊龍議記許設評試話該詳語說請調論護讀變讓貝負財貨貸貴貿賽贏趙蹟軟較輛輯辦邏鄰"
    "醫釋鋼錄鐘閉閱陣陰電靜額顯願館駐驅點"
)
_CJK_PUNCTUATION = frozenset("，。、；：（）〔〕《》“”·—－％㎡〇　【】！？")
# Big5 is what Microsoft made of it: 恒 and 裏 have no place in the plain one.
_CANDIDATES = ("gb18030", "cp950", "cp1252")
_NAMES = {
    "gb18030": "GB18030", "cp950": "Big5", "big5hkscs": "Big5-HKSCS", "cp1252": "cp1252",
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8",
}  # fmt: skip
_BIG5 = ("cp950", "big5hkscs")
_LANGUAGE_BYTES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950", 0x03: "cp1252"}
_SAMPLE_BYTES = 1 << 20
_SURE = 0.35
_ALL_USUAL = 0.9
# Of the characters beyond ASCII: as many bad bytes as a damaged text may have, and as many as a
# person who names the encoding may overrule.
_NUL_ONE_IN = 50  # a file with more NULs is no text
_LONG_LINE_BYTES = 2000
_FEW_BAD = 0.2
_HALF_BAD = 0.5


@dataclass(frozen=True)
class Guess:
    """An encoding Python and GDAL know, how sure the text makes it (0 to 1), and the next best."""

    encoding: str
    confidence: float
    runner_up: str = ""

    @property
    def is_sure(self) -> bool:
        """True when the text leaves no honest doubt."""
        return self.confidence >= _SURE


def guess(data: bytes) -> Guess:
    """Return the encoding of bytes by their mark, their shape or the characters they would give."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return Guess(name, 1.0)
    sample = data[:_SAMPLE_BYTES]
    if shape := _utf16_by_shape(sample):
        return Guess(shape, 0.9)
    if max(sample, default=0) < 0x80:
        return Guess("utf-8", 1.0)
    if (text := _decoded(sample, "utf-8")) is not None:
        if _is_gbk_by_accident(text, sample):
            return Guess("gb18030", 0.5, "utf-8")
        # GBK text passes as UTF-8 only by a rare accident; a short one deserves a second look.
        return Guess("utf-8", 1.0 if len(text) - sum(c < "\x80" for c in text) > 3 else 0.6)
    text = illegible.decoded(sample, "utf-8")
    bad, good = illegible.counted(text)
    if bad <= _FEW_BAD * good and any(character >= "\u0800" for character in text):
        return Guess("utf-8", 1.0 if good > 3 else 0.3)
    names = (big5_of(sample) if name == "cp950" else name for name in _CANDIDATES)
    scores = sorted(((_score(sample, name), name) for name in names), reverse=True)
    (best, name), (second, next_name) = scores[:2]
    if best <= 0:
        return Guess(name, 0.0, next_name)
    return Guess(name, round(best - max(second, 0.0), 3), next_name)


def big5_of(data: bytes) -> str:
    """Return the Big5 that reads most of the bytes: Microsoft's, else Hong Kong's."""
    if _decoded(data, "cp950") is None:
        bad = {name: illegible.counted(illegible.decoded(data, name))[0] for name in _BIG5}
        return min(_BIG5, key=lambda name: bad[name])
    return "cp950"


def named(text: str | None) -> str | None:
    """Return Python's name for a declared encoding ("936", "ANSI 936", "GB2312"), None if unknown.

    GB2312 and GBK are read as GB18030, which contains both.
    """
    word = re.sub(r"[\s\"']", "", text or "").lower().replace("ansi", "").strip("_-")
    if word in {"936", "cp936", "gbk", "gb2312", "gb18030", "x-gbk", "windows-936", "ms936"}:
        return "gb18030"
    if word in {"950", "cp950", "big5", "ms950", "windows-950", "x-windows-950"}:
        return "cp950"
    if word in {"951", "cp951", "hkscs", "big5-hkscs"}:
        return "big5hkscs"
    if word in {"65001", "utf8", "utf-8"}:
        return "utf-8"
    if found := re.fullmatch(r"8859-?(\d{1,2})", word):
        word = f"iso-8859-{found[1]}"
    elif re.fullmatch(r"\d{3,5}", word):
        word = f"cp{word}"
    try:
        return codecs.lookup(word).name if word else None
    except LookupError:
        return None


def language_byte(byte: int) -> str | None:
    """Return the encoding that a dBASE language byte claims, None when it claims none."""
    return _LANGUAGE_BYTES.get(byte)


def agree(declared: str, data: bytes) -> bool:
    """True when bytes can be read in a declared encoding without a character getting lost."""
    return _decoded(data, declared) is not None


def is_begun(data: bytes, encoding: str) -> bool:
    """True when bytes begin a character and lack its end, as a field cut at its width leaves it."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=False) == ""
    except UnicodeError:
        return False


def may_be(encoding: str, data: bytes, is_named: bool = False) -> bool:
    """True when few bytes have no meaning in an encoding; a person who names it may ask for more.

    Text without a character beyond ASCII may be in any encoding.
    """
    if _sound(data, encoding) is not None:
        return True
    bad, good = illegible.counted(illegible.decoded(data, encoding))
    return bad <= (_HALF_BAD if is_named else _FEW_BAD) * (bad + good)


def title(encoding: str) -> str:
    """Return an encoding's name as people write it."""
    return _NAMES.get(encoding, encoding.upper())


@dataclass(frozen=True)
class Mixed:
    """A text of which some lines are in another encoding: both read right, the odd lines named."""

    text: str
    encoding: str
    others: dict[int, str]  # line, from 1 -> its encoding


def mixed(data: bytes) -> Mixed | None:
    """Return a text joined from UTF-8 and another encoding line by line; None for any other."""
    if guess(data[:4]).encoding == "utf-16" or _decoded(data, "utf-8") is not None:
        return None
    lines = data.split(b"\n")
    high = [at for at, line in enumerate(lines) if not line.isascii()]
    # Two bytes may be UTF-8 by accident, three hardly ever, a whole line of Chinese never.
    ours = {at for at in high if any(c >= "\u0800" for c in _decoded(lines[at], "utf-8") or "")}
    theirs = [at for at in high if at not in ours]
    if not ours or not theirs:
        return None
    found = guess(b"\n".join(lines[at] for at in theirs))
    if found.encoding.startswith("utf") or not found.is_sure:
        return None
    usual, other = ("utf-8", found.encoding)
    if len(theirs) > len(ours):
        usual, other = other, usual
    odd = set(theirs) if usual == "utf-8" else ours
    texts = [
        illegible.decoded(line, other if at in odd else usual) for at, line in enumerate(lines)
    ]
    return Mixed("\n".join(texts), usual, {at + 1: other for at in sorted(odd)})


def decode(data: bytes, encoding: str | None, file: str) -> tuple[str, Guess]:
    """Return a text file's text and its encoding; `encoding` overrides what the text says.

    A byte without meaning becomes a sign (`illegible`). Raises DeliveryError when too many have
    none in the encoding named or found.
    """
    if encoding is not None:
        name = named(encoding)
        if name is None:
            raise DeliveryError(
                f"不认识编码 {encoding!r}。The encoding {encoding!r} is not known.",
                "用 --encoding GBK、UTF-8、Big5 或 UTF-16",
            )
        found = Guess("utf-8-sig" if name == "utf-8" else name, 1.0)
    else:
        found = guess(data)
    codec = big5_of(data) if found.encoding == "cp950" else found.encoding
    found = Guess(codec, found.confidence, found.runner_up)
    text = _sound(data, codec)
    if text is None and not may_be(codec, data, encoding is not None):
        raise DeliveryError(
            f"{file} 不能按 {title(codec)} 读成文字：读不出的字节太多。"
            f"{file} is no {title(codec)} text: too many bytes have no meaning.",
            "用 --encoding 指定编码；文件若被截断，请重新传送",
        )
    if codec.startswith("utf-16"):
        text = _wide_text(data, codec)
    elif text is None:
        text = illegible.decoded(data, codec)
    if text.count("\x00") * _NUL_ONE_IN <= len(text):
        text = text.replace("\x00", illegible.sign_of(0))
    else:
        raise DeliveryError(
            f"{file} 含有空字节，不是文本文件。{file} holds NUL bytes and is no text file.",
            "请发送方重新导出为 CSV、TXT 或 xlsx",
        )
    return text, found


def _wide_text(data: bytes, encoding: str) -> str:
    """Return UTF-16 read line by line: a byte too many spoils its own line alone."""
    is_big = encoding == "utf-16-be" or data.startswith(codecs.BOM_UTF16_BE)
    name = "utf-16-be" if is_big else "utf-16-le"
    lines = data.split("\n".encode(name))
    if all(len(line) % 2 == 0 for line in lines):
        return illegible.decoded(data, name)
    return "\n".join(
        _without_stray(line, name) if len(line) % 2 else illegible.decoded(line, name)
        for line in lines
    )


def _without_stray(line: bytes, encoding: str) -> str:
    """Return a line of UTF-16 with the byte too many made a sign, where that gives most sense."""

    def sense(at: int) -> float:
        text = _decoded(line[:at] + line[at + 1 :], encoding)
        if text is None:
            return -1.0
        return sum(c < "\x80" or c in _USUAL or c in _CJK_PUNCTUATION for c in text)

    places = range(len(line)) if len(line) <= _LONG_LINE_BYTES else range(len(line) - 1, len(line))
    at = max(places, key=sense)
    text = illegible.decoded(line[:at] + line[at + 1 :], encoding)
    return text[: at // 2] + illegible.sign_of(line[at]) + text[at // 2 :]


def _sound(data: bytes, encoding: str) -> str | None:
    """Return the text of bytes that all have a meaning, else None."""
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text, None when a byte has no meaning; a sample may end within a character."""
    is_whole = len(data) < _SAMPLE_BYTES
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=is_whole)
    except (UnicodeError, LookupError):
        return None


def _utf16_by_shape(sample: bytes) -> str | None:
    """Return UTF-16's byte order when every other byte of the plain characters is zero."""
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) / 2 * 0.1 or min(even, odd) * 20 > max(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    text = _decoded(sample, name)
    return name if text is not None and "\x00" not in text else None


def _score(sample: bytes, encoding: str) -> float:
    """Return the share of non-ASCII characters that belong in such a text; -1 if it cannot be.

    A damaged text may be: a bad byte counts as a character that does not belong.
    """
    text = illegible.decoded(sample, encoding)
    bad, good = illegible.counted(text)
    if bad > _FEW_BAD * good:
        return -1.0
    if encoding == "cp1252":
        return _western(text)
    high = [c for c in text if c >= "\x80"]  # a bad byte among them, and never a usual one
    usual: float = sum(c in _USUAL or c in _CJK_PUNCTUATION for c in high)
    if encoding == "gb18030":
        # Rare names (吕, 孟, 琛) fill no list of usual characters, but sit in GB 2312's first
        # level. Only GB gets this credit: it is what bureaus of the mainland send.
        usual += 0.5 * sum(c not in _USUAL and _is_first_level(c) for c in high)
    return usual / len(high) if high else 0.0


def _is_gbk_by_accident(text: str, sample: bytes) -> bool:
    """True for GBK that happens to be UTF-8 too, as 联通 and 目 are.

    Such text would be of two-byte characters alone, no Chinese among them and none within a Latin
    word, while as GBK all of it is usual.
    """
    has_chinese = any(character >= "\u0800" for character in text)
    return not has_chinese and _western(text) == 0.0 and _score(sample, "gb18030") > _ALL_USUAL


def _is_first_level(character: str) -> bool:
    """True for the 3,755 characters that GB 2312 puts first, bytes B0A1 to D7F9."""
    code = character.encode("gb18030")
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1


def _western(text: str) -> float:
    """Return the share of high characters that are accented letters inside Latin words."""
    high = re.findall(r"[^\x00-\x7f]+", text)
    lone = re.findall(
        r"(?<=[A-Za-z])[À-ÖØ-öø-ÿ](?![^\x00-\x7f])|(?<![^\x00-\x7f])[À-ÖØ-öø-ÿ](?=[a-z])", text
    )
    signs = re.findall(r"(?<![^\x00-\x7f])[°²³’–](?![^\x00-\x7f])", text)
    return (len(lone) + len(signs)) / max(sum(map(len, high)), 1)
