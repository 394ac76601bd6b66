"""Colour arithmetic: mixing, painting over, and the contrast ratio of WCAG 2.1."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

CONTRAST_LEAST = 4.5
"""Contrast that text must have (WCAG 2.1, success criterion 1.4.3, level AA)."""


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def mix(under: str, over: str, alpha: float) -> str:
    """What `over` at opacity `alpha` gives upon `under`."""
    blended = (
        round(u + (o - u) * alpha) for u, o in zip(channels(under), channels(over), strict=True)
    )
    return "#" + "".join(f"{value:02x}" for value in blended)


@cache
def luminance(colour: str) -> float:
    """Relative luminance in [0, 1], after WCAG 2.1."""
    red, green, blue = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (channel / 255 for channel in channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def least_contrast(colour: str, grounds: Iterable[str]) -> float:
    """Smallest contrast of a colour over several grounds."""
    return min(contrast(colour, ground) for ground in grounds)


def legible(colour: str, ink: str, *grounds: str) -> str:
    """`colour` moved towards `ink` only as far as legible text upon all grounds needs."""
    for step in range(21):
        candidate = mix(colour, ink, step / 20)
        if least_contrast(candidate, grounds) >= CONTRAST_LEAST + 0.2:
            return candidate
    return ink
