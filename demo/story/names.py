"""Names, numbers and accounts that no earlier play on the same installation has used."""

from __future__ import annotations

import random
import time

_FIRST = (
    "Alderley", "Brackwater", "Cairnhill", "Dunmoor", "Eskdale", "Fernhollow", "Glenmarsh", "Harrowgate", "Inverlake",
    "Jasperfield", "Kilnbrook", "Larkspur", "Merrowstone", "Nettlecombe", "Oxbarrow", "Penhallow", "Quillwood",
    "Rosedene", "Silverthorn", "Tarnside", "Ullswick", "Vesperhill", "Westerlode", "Yarrowby", "Zephyrdale",
)  # fmt: skip
_SECOND = (
    "Anchors", "Bearings", "Ceramics", "Drafting", "Enamels", "Fasteners", "Glassworks", "Hydraulics", "Instruments",
    "Joinery", "Knives", "Lighting", "Mouldings", "Nurseries", "Optics", "Pigments", "Quarries", "Roofing", "Signage",
    "Timber", "Upholstery", "Varnishes", "Weaving", "Yarns", "Zinc",
)  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Names:
    """Drawn from the time of day; `tag` is in every document number, `letters` in names."""

    def __init__(self) -> None:
        self._draw = random.Random(time.time_ns())
        self.tag = "".join(self._draw.choice(_LETTERS) for _ in range(4))
        self._given: set[str] = set()

    def company(self, form: str = "Ltd") -> str:
        """Like no other: two vendors of two plays must not look like duplicates."""
        while True:
            syllables = "".join(
                self._draw.choice(("ba", "co", "di", "fu", "ge", "ka", "lo", "mu", "ni", "ro", "su", "ta", "vo", "zi"))
                for _ in range(3)
            )
            name = f"{syllables.title()} {self._draw.choice(_FIRST)} {self._draw.choice(_SECOND)} {form}"
            if name not in self._given:
                self._given.add(name)
                return name

    def digits(self, count: int) -> str:
        return "".join(str(self._draw.randrange(10)) for _ in range(count))

    def ein(self) -> str:
        """A United States tax number."""
        return "46" + self.digits(7)

    def iban(self) -> str:
        """A German account number with correct check digits."""
        account = "50010517" + self.digits(10)
        check = 98 - int(account + "131400") % 97
        return f"DE{check:02d}{account}"

    def series(self) -> int:
        """Where a vendor's invoice numbers begin."""
        return self._draw.randrange(3000, 9000)

    def street(self) -> tuple[str, str]:
        """(street, postal code)"""
        return (
            f"{self._draw.randrange(2, 400)} {self._draw.choice(_FIRST)} Road",
            f"0{self._draw.randrange(1000, 9999)}",
        )
