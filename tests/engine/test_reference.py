"""The float64 reference is right: its gradients are those of central finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine import reference
from engine.batch import Batch
from engine.model import Model, ModelConfig
from engine.reference import Array, ReferenceModel

STEP = 2e-6  # a central difference errs by its square times a third derivative; rounding adds 1e-10


def difference(function: Callable[[Array], float], at: Array) -> Array:
    """Central differences of `function` by every element of `at`."""
    out = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        kept = at[index]
        at[index] = kept + STEP
        above = function(at)
        at[index] = kept - STEP
        out[index] = (above - function(at)) / (2 * STEP)
        at[index] = kept
    return out


def agree(got: Array, wanted: Array) -> None:
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-8 * max(1.0, np.abs(wanted).max()))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("scale", [1.0, 1e-3], ids=["scale one", "near zero"])
def test_rmsnorm_gradients(rng: np.random.Generator, scale: float) -> None:
    x, w, dy = rng.normal(size=(3, 5)) * scale, rng.normal(size=5), rng.normal(size=(3, 5))
    eps = 1e-6 if scale == 1.0 else 1e-4  # near zero, eps must rule for its gradient to show
    dx, dw = reference.rmsnorm_backward(dy, x, w, eps)
    agree(dx, difference(lambda v: float((dy * reference.rmsnorm(v, w, eps)).sum()), x))
    agree(dw, difference(lambda v: float((dy * reference.rmsnorm(x, v, eps)).sum()), w))


def test_linear_gradients(rng: np.random.Generator) -> None:
    x, w, dy = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=(3, 5))
    dx, dw = reference.linear_backward(dy, x, w)
    agree(dx, difference(lambda v: float((dy * reference.linear(v, w)).sum()), x))
    agree(dw, difference(lambda v: float((dy * reference.linear(x, v)).sum()), w))


def test_rope_gradient(rng: np.random.Generator) -> None:
    x, dy = rng.normal(size=(4, 2, 6)), rng.normal(size=(4, 2, 6))
    angles = reference.rope_angles(np.array([0, 1, 2, 9]), 6, 1e3)
    agree(
        reference.rope_backward(dy, angles),
        difference(lambda v: float((dy * reference.rope(v, angles)).sum()), x),
    )


def test_rope_turns_pairs_by_the_distance_of_positions(rng: np.random.Generator) -> None:
    q, k = rng.normal(size=(1, 1, 6)), rng.normal(size=(1, 1, 6))

    def score(i: int, j: int) -> float:
        at = [reference.rope_angles(np.array([n]), 6, 1e3) for n in (i, j)]
        return float((reference.rope(q, at[0]) * reference.rope(k, at[1])).sum())

    assert score(7, 3) == pytest.approx(score(104, 100))
    assert score(7, 3) != pytest.approx(score(7, 4))


def test_attention_gradients_stay_inside_rows(rng: np.random.Generator) -> None:
    starts = np.array([0, 1, 5, 7])
    q, k, v = (rng.normal(size=(7, heads, 4)) for heads in (4, 2, 2))
    dout = rng.normal(size=q.shape)
    dq, dk, dv = reference.attention_backward(dout, q, k, v, starts)

    def value(q: Array, k: Array, v: Array) -> float:
        return float((dout * reference.attention(q, k, v, starts)).sum())

    agree(dq, difference(lambda x: value(x, k, v), q))
    agree(dk, difference(lambda x: value(q, x, v), k))
    agree(dv, difference(lambda x: value(q, k, x), v))


def test_attention_of_one_key_is_its_value(rng: np.random.Generator) -> None:
    q, k, v = (rng.normal(size=(2, 1, 4)) for _ in range(3))
    out = reference.attention(q, k, v, np.array([0, 1, 2]))
    np.testing.assert_allclose(out, v)


def test_swiglu_gradients(rng: np.random.Generator) -> None:
    gate, up, dy = (rng.normal(size=(3, 4)) * 3 for _ in range(3))
    dgate, dup = reference.swiglu_backward(dy, gate, up)
    agree(dgate, difference(lambda v: float((dy * reference.swiglu(v, up)).sum()), gate))
    agree(dup, difference(lambda v: float((dy * reference.swiglu(gate, v)).sum()), up))


def test_cross_entropy_gradient(rng: np.random.Generator) -> None:
    logits, targets = rng.normal(size=(4, 6)) * 3, np.array([0, 5, 2, 2])
    agree(
        reference.cross_entropy_backward(logits, targets),
        difference(lambda v: float(reference.cross_entropy(v, targets).sum()), logits),
    )


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_every_gradient_of_the_model(tied: bool) -> None:
    config = ModelConfig(
        7, layers=2, embed_dim=8, hidden_dim=6, heads=4, kv_heads=2, context_len=8, tied_head=tied
    )
    model = Model.initialise(config, 3)
    rng = np.random.default_rng(1)
    for view in model.parameters.values():
        view += rng.normal(size=view.shape) * 0.3
    batch = Batch.pack(
        [([1, 2, 3, 4, 5], [True] * 5), ([6, 0], [True] * 2), ([3, 3, 1], [False, False, True])]
    )
    oracle = ReferenceModel(config, model.parameters)
    loss, gradients = oracle.loss_and_gradients(batch)
    assert loss == pytest.approx(oracle.loss(batch))
    assert set(gradients) == set(model.parameters)
    for name, weight in oracle.w.items():
        agree(gradients[name], difference(lambda _: oracle.loss(batch), weight))
