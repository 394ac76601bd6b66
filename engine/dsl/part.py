"""One component of a scene, whatever the language that spells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One component; fields that its kind does not have are empty. A leaf's `source` owns it."""

    kind: str
    id: str = ""
    ref: str = ""
    source: str = ""
    target: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """Name of the part within its scene: its id, or the ends that it joins."""
        return self.id or f"{self.source}->{self.target}"

    @property
    def ends(self) -> str:
        """Both ids that a join or span names, or the owner of a leaf."""
        return f"{self.source}->{self.target}" if self.target else self.source
