"""Names as they can be compared: without accents, punctuation and legal forms, in any script and direction."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What a company adds to its name to say what it is. Stripped from the end, never down to nothing.
_LEGAL_FORMS = frozenset(
    """
    ag gmbh mbh ggmbh kg kgaa ohg ug gbr ek ev eg se co cokg
    inc incorporated corp corporation llc lllp llp lp ltd limited plc company pc pllc cic
    sa sas sasu sarl sarlu eurl snc scs sca scop sprl srl srls spa sapa sl slu slne sau scrl sccl cv decv
    sacv ltda eireli saic sac eirl saa
    bv nv vof cvba bvba oy oyj ab as asa aps hf ehf ou uab sia
    spzoo sp z oo sro doo dd ad ood eood kft zrt nyrt bt kkt ae epe ike
    pty pte pvt private bhd sdn tbk jsc ojsc cjsc pjsc kk gk yk fzco fze fzllc wll
    ооо оао зао ао пао ип тоо тов ат еоод оод ад
    חברה בעמ ושות
    شمم ذمم شممح مساهمه محدوده
    haftungsbeschrankt
    """.split()  # noqa: SIM905
)
_LEADING_FORMS = frozenset("pt cv ud sarl ооо оао зао ао пао ип тоо тов חברת شركه موسسه".split())  # noqa: SIM905
_JOINED_FORMS = re.compile(
    r"股份有限公司|有限责任公司|有限責任公司|有限公司|株式会社|有限会社|合同会社|주식회사|유한회사|\(株\)|\(有\)|\(주\)"
)
_CONNECTORS = frozenset({"and", "und", "et", "the"})
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
    | {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": ""}
)
_DROPPED = re.compile(r"[.'’‘`´\"״׳“”]")
_SLASHED = re.compile(r"\b(\w)/(\w)\b")


@lru_cache(maxsize=200_000)
def normalise_name(name: str) -> str:
    """`Müller & Söhne GmbH` → `muller sohne`. Order of words is kept; nothing in it depends on writing direction."""
    text = _fold(_JOINED_FORMS.sub(" ", unicodedata.normalize("NFKC", name)))
    text = _SLASHED.sub(r"\1\2", _DROPPED.sub("", text))
    words = _join_initials(_words(text))
    return " ".join(_without_legal_forms(words)) or text.strip() or name.strip()


def comparable(name: str) -> str:
    """The normalised name with German transcriptions folded, so that Mueller and Müller agree."""
    return re.sub(r"(?<=[aou])e", "", normalise_name(name))


def skeleton(word: str) -> str:
    """First letter and up to three consonants: `muller` and `mueler` share `mlr`; other scripts keep four letters."""
    if not word.isascii():
        return word[:4]
    rest = re.sub(r"[aeiouyhw]", "", word[1:])
    return word[0] + re.sub(r"(.)\1+", r"\1", word[0] + rest)[1:4]


def _fold(text: str) -> str:
    """Lower case without accents and vowel points; marks that carry meaning in other scripts stay."""
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(char):
            if base.isalnum() and not _drops_marks(base):
                kept.append(char)
        elif unicodedata.category(char) != "Cf":
            base = base if unicodedata.category(char)[0] == "M" else char
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)


def _words(text: str) -> list[str]:
    """Runs of letters, digits and the marks that belong to them."""
    return "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in text).split()


def _drops_marks(base: str) -> bool:
    """Latin, Greek, Cyrillic, Hebrew, Arabic."""
    return base < "\u0780" or "\u1e00" <= base < "\u2000"


def _join_initials(words: list[str]) -> list[str]:
    """`j p morgan` → `jp morgan`, `s a` → `sa`."""
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        joined += [run] if run else []
        joined += [word] if word else []
        run = ""
    return joined


def _without_legal_forms(words: list[str]) -> list[str]:
    kept = [word for word in words if word not in _CONNECTORS] or words
    whole = len(kept)
    while len(kept) > 1 and (kept[-1] in _LEGAL_FORMS or (kept[-1] == "de" and len(kept) < whole)):
        kept = kept[:-1]
    while len(kept) > 1 and kept[0] in _LEADING_FORMS:
        kept = kept[1:]
    return kept
