"""The language of spec13b with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
