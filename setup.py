"""Builds the C kernels; everything else about the project stands in pyproject.toml."""

from setuptools import setup

setup(cffi_modules=["csrc/build.py:ffi"])
