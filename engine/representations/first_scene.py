"""The first scene language with its pictures."""

from engine.representations.dialect import DialectPictures

represent = DialectPictures
