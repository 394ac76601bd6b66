"""Cosines and sines whose bits no library decides: computed to fifty digits, then rounded once.

NumPy and libm pick their routines by processor and version, and their last bits differ. What ends
in weights (the rope table, the learning rate) is therefore computed here, in decimal integers.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from functools import lru_cache

import numpy as np

from engine.kernels import FloatArray

_FIFTY_DIGITS = Context(prec=50)
_NOTHING = Decimal("1e-55")


def turn(angle: Decimal) -> tuple[Decimal, Decimal]:
    """Cosine and sine of an angle in radians."""
    with localcontext(_FIFTY_DIGITS):
        doublings = 0
        while abs(angle) > 1:
            angle, doublings = angle / 2, doublings + 1
        sums, term, n = [Decimal(0), Decimal(0)], Decimal(1), 0
        while abs(term) > _NOTHING:  # the series of e^(i angle), its real and imaginary terms
            sums[n % 2] += -term if n % 4 >= 2 else term
            n += 1
            term = term * angle / n
        cosine, sine = sums
        for _ in range(doublings):
            cosine, sine = cosine * cosine - sine * sine, 2 * cosine * sine
        return cosine, sine


def cosine(angle: float) -> float:
    """Cosine of an angle in radians, correctly rounded."""
    return float(turn(Decimal(angle))[0])


@lru_cache
def rope_table(context_len: int, head_dim: int, theta: float) -> FloatArray:
    """Rows (context_len, head_dim): cosines, then sines, of position * theta^(-2i / head_dim).

    Every caller gets the same array, so it is read-only.
    """
    half = head_dim // 2
    table = np.empty((context_len, head_dim), np.float32)
    with localcontext(_FIFTY_DIGITS):
        for i in range(half):
            step, slope = turn(Decimal(theta) ** (Decimal(-2 * i) / head_dim))
            c, s = Decimal(1), Decimal(0)
            for row in table:
                row[i], row[half + i] = float(c), float(s)
                c, s = c * step - s * slope, s * step + c * slope
    table.flags.writeable = False
    return table
