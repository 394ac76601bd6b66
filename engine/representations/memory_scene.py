"""The memory map language with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
