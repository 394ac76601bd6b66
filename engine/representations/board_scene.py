"""The comparison board language with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
