"""Cosines and sines to fifty digits, rounded once."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from engine import reference, rounded

# sin and cos of 1 and of 22, to thirty digits
KNOWN = {
    "1": ("0.540302305868139717400936607442", "0.841470984807896506652502321630"),
    "22": ("-0.999960826394637126454174739000", "-0.008851309290403875921690256815"),
}


@pytest.mark.parametrize("angle", KNOWN)
def test_turn_has_the_known_digits(angle: str) -> None:
    for got, known in zip(rounded.turn(Decimal(angle)), KNOWN[angle], strict=True):
        assert abs(got - Decimal(known)) < Decimal("1e-25")


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.5, 1.0, math.pi / 2, math.pi, 767.0, -3.0, 1e5])
def test_cosine_is_libm_s_to_the_last_digits(angle: float) -> None:
    assert rounded.cosine(angle) == pytest.approx(math.cos(angle), rel=4e-16, abs=1e-16)
    cosine, sine = rounded.turn(Decimal(angle))
    assert abs(cosine * cosine + sine * sine - 1) < Decimal("1e-25")


@pytest.mark.parametrize(
    ("context", "width", "theta"), [(768, 24, 1e6), (9, 2, 1.0), (50, 10, 0.1)]
)
def test_rope_table_is_the_reference_s_angles(context: int, width: int, theta: float) -> None:
    angles = reference.rope_angles(np.arange(context), width, theta)
    wanted = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    got = rounded.rope_table(context, width, theta)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=6.1e-8)  # half a float32 step below one


def test_rope_table_is_made_once() -> None:
    table = rounded.rope_table(5, 4, 1e6)
    assert rounded.rope_table(5, 4, 1e6) is table
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 2.0
