"""Representations, one module each, named after their language; see engine/representation.py."""
