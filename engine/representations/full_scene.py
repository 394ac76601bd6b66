"""The language of gen1 with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
