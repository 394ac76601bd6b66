"""A judged rung asked other cases: what its held-out rates are where nobody has looked.

Cases that were read while rungs were chosen are no longer held out from the choice. Fresh ones are
drawn from the same surfaces by another stream, and no row and no judged case has their prompts.
"""

from __future__ import annotations

from functools import cached_property

from contracts.errors import EvidenceError
from contracts.loading import ContractBook
from contracts.models import Contract
from engine.curriculum.dataset import fresh_probes
from engine.curriculum.rows import Row
from engine.store import Artifact, Store
from gates.check_promotion import promotion_checks
from gates.rung import RungEvidence
from probes.report import ProbeReport
from probes.verdict import Verdict


class FreshEvidence(RungEvidence):
    """The weights of a rung, and the answers that they give to draw number `draw`."""

    def __init__(
        self,
        book: ContractBook,
        store: Store,
        run: str,
        *,
        draw: int,
        contract_folders: tuple[str, ...] = (),
    ) -> None:
        super().__init__(book, store, run, contract_folders=contract_folders)
        self.draw = draw

    def sibling(self, run: str) -> FreshEvidence:
        """Another run or seed, asked the same draw."""
        folders = self._contract_folders
        return FreshEvidence(self.book, self.store, run, draw=self.draw, contract_folders=folders)

    @cached_property
    def contract(self) -> Contract:
        """The contract over the splits that have fresh cases, each as large as it came out."""
        whole, asked = self.stages.contract, [row.split for row in self.probe_rows]
        splits = {
            name: split.model_copy(update={"cases": asked.count(name)})
            for name, split in whole.dataset.splits.items()
            if name in asked
        }
        goals = [
            goal.model_copy(update={"splits": tuple(s for s in goal.splits if s in splits)})
            for goal in whole.promotion.goals
        ]
        return whole.model_copy(
            update={
                "dataset": whole.dataset.model_copy(update={"splits": splits}),
                "promotion": whole.promotion.model_copy(update={"goals": tuple(goals)}),
            }
        )

    @cached_property
    def probe_rows(self) -> tuple[Row, ...]:
        """The fresh cases; trained prompts (`seen`) are not asked again."""
        used = {prompt for prompt, _ in self.taught} | {row.prompt for row in self._stored[1]}
        return fresh_probes(self.stages.contract, used, self.draw)

    def trained(self) -> Artifact:
        """The weights that were judged; EvidenceError where there are none. Trains nothing."""
        artifact = self.stages.find_weights()
        if artifact is None:
            raise EvidenceError(
                self.run, "no weights in the store", "a trained run", "Climb it first: make ladder"
            )
        return artifact

    @property
    def judged_report(self) -> ProbeReport:
        """The report; what stands before promotion was judged with the run itself."""
        return self.report

    def goals(self) -> list[Verdict]:
        """Guardrails and goals of the contract over the fresh cases."""
        return [self.verdict(c) for c in promotion_checks(self.contract, against_parent=False)]
