"""Sums in the signs that nobody can alter with a stroke of the pen."""

from __future__ import annotations

_GROUP, _GROUPS = 10_000, 3
_MOST = _GROUP**_GROUPS * 100


class Capitals:
    """Writes sums in the 19 signs of a language: ten digits, the tens, hundreds and thousands of a
    group, the two larger groups, the three units of money from the largest, and the last sign.

    The rules are those of the People's Bank of China for bills (Payment and Settlement Measures,
    annex 1): zeros in the middle are one sign; the last sign ends what has no fen; whole yuan
    without jiao have a zero before the fen.
    """

    def __init__(self, signs: str) -> None:
        self._digits, places, groups = signs[:10], signs[10:13], signs[13:15]
        self._yuan, self._jiao, self._fen, self._even = list(signs[15:19])
        self._places, self._groups = ("", *places), ("", *groups)

    def write(self, fen: int) -> str:
        """A sum in fen. Raises ValueError below zero and from a million million yuan on."""
        if not 0 <= fen < _MOST:
            raise ValueError(fen)
        whole, rest = divmod(fen, 100)
        tenths, hundredths = divmod(rest, 10)
        told = f"{self._whole(whole)}{self._yuan}" if whole or not rest else ""
        if tenths:
            told += f"{self._digits[tenths]}{self._jiao}"
        elif hundredths and whole:
            told += self._digits[0]
        return told + (f"{self._digits[hundredths]}{self._fen}" if hundredths else self._even)

    def _whole(self, number: int) -> str:
        if number == 0:
            return self._digits[0]
        told = ""
        for at in range(_GROUPS - 1, -1, -1):
            group = number // _GROUP**at % _GROUP
            if group:
                told += self._digits[0] if told and group < _GROUP // 10 else ""
                told += self._thousands(group) + self._groups[at]
        return told

    def _thousands(self, group: int) -> str:
        told, has_gap = "", False
        for at in range(len(self._places) - 1, -1, -1):
            digit = group // 10**at % 10
            if digit == 0:
                has_gap = bool(told)
                continue
            told += (self._digits[0] if has_gap else "") + self._digits[digit] + self._places[at]
            has_gap = False
        return told
