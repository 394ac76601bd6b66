"""The language of spec11 with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
