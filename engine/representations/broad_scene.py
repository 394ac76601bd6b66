"""The language of spec_broader_1 with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
