"""The system diagram language with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
