"""Structured atoms with frame and density: another dialect of the same pictures."""

from engine.representations.atoms import represent

__all__ = ["represent"]
