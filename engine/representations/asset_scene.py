"""The language of spec10 with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
