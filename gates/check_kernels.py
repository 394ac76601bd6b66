"""What the kernels gate measures: float64 parity at real shapes, threads, canaries, sanitizer."""

from __future__ import annotations

from engine import parity
from gates.registry import add, check, judged
from gates.rung import RungEvidence
from probes.verdict import Verdict, broken, failed, passed

_EVIDENCE = "kernels.json"
_CURE = "Bisect with `pytest tests/engine/test_kernels.py`; the case names operation and shape"


def _parity(case_id: str) -> None:
    name = f"parity_of_{case_id}"

    def measure(rung: RungEvidence) -> Verdict:
        found = rung.kernel_report.parity.get(case_id)
        if found is None:
            return broken(
                "kernels",
                name,
                rung.kernel_report.crash or "not measured",
                kind="preflight",
                evidence=_EVIDENCE,
            )
        error, limit = found["error"], found["tolerance"]
        if error is None:
            return failed(
                "kernels", name, f"{found['where']}: not finite", kind="preflight", cure=_CURE
            )
        figures = {
            "measured": error,
            "threshold": limit,
            "relation": "<=",
            "kind": "preflight",
            "evidence": _EVIDENCE,
        }
        told = f"worst at {found['where']}, on {rung.kernel_report.isa}"
        if error <= limit:
            return passed("kernels", name, told, **figures)
        return failed("kernels", name, told, cure=_CURE, **figures)

    add("kernels", name, "preflight", measure)


for _case_id in parity.parity_cases():
    _parity(_case_id)


@check("kernels")
def any_number_of_threads_gives_the_same_bytes(rung: RungEvidence) -> Verdict:
    """One, two and three threads train to identical weights."""
    faults = [] if rung.kernel_report.threads_agree else ["weights differ between thread counts"]
    return judged(
        "kernels",
        "any_number_of_threads_gives_the_same_bytes",
        faults,
        3,
        "1, 2 and 3 threads: the same bytes",
        "Look for a reduction split by thread",
        evidence=_EVIDENCE,
    )


@check("kernels")
def a_write_past_a_slice_is_named(rung: RungEvidence) -> Verdict:
    """A write into the gap behind a slice of the arena is noticed, and the slice named."""
    named = rung.kernel_report.canary_named
    faults = [] if named else ["a smashed canary went unnoticed"]
    return judged(
        "kernels",
        "a_write_past_a_slice_is_named",
        faults,
        1,
        f"named: {named}",
        "Mend the canary check of csrc/plan.c",
        evidence=_EVIDENCE,
    )


@check("kernels")
def the_sanitizers_are_silent(rung: RungEvidence) -> Verdict:
    """AddressSanitizer and UBSan find nothing in a build of their own."""
    report = rung.kernel_report
    if not report.sanitizer and not report.crash:
        return judged(
            "kernels",
            "the_sanitizers_are_silent",
            [],
            0,
            "",
            "Install gcc's libasan",
            evidence=_EVIDENCE,
        )
    faults = [] if report.sanitizer == "clean" else [report.crash or report.sanitizer]
    return judged(
        "kernels",
        "the_sanitizers_are_silent",
        faults,
        1,
        "clean",
        "Run `python csrc/sanitize.py` for the whole report",
        evidence=_EVIDENCE,
    )
