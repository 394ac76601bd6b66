"""Families of lanes: steps in reading order, and phases with their stages."""

from __future__ import annotations

from engine.compiler.blocks import Block, Grid, Kit, Stack
from engine.compiler.cards import Card
from engine.compiler.lanes import Joint, Lane, Lanes
from engine.compiler.layouts.cards import block_of, columns_for
from engine.dsl.scene import Part

STEPS_IN_ROW = {"wide": 4, "square": 3, "tall": 2}


def flow_steps(kit: Kit) -> Block:
    """Steps in rows or in one column, joined as told, with their badges."""
    cards = [
        Card(kit, part, part.place, number=str(i), pills=kit.owned("badge_pill", part))
        for i, part in enumerate(kit.of("flow_step"), start=1)
    ]
    columns = STEPS_IN_ROW[kit.scene.setting["canvas"]] if kit.scene.form == "step_row" else 1
    return Lanes(kit, [Lane(cards)], columns, _joints(kit, "step_arrow"))


def pipeline_lane(kit: Kit) -> Block:
    """A lane for each phase, with its stages, badges, arrows and curved connectors; notes below."""
    number = {part.id: i for i, part in enumerate(kit.of("stage_card"), start=1)}
    lanes = [
        Lane(
            [
                Card(
                    kit,
                    part,
                    number=str(number[part.id]),
                    pills=kit.owned("badge_pill", part),
                    title=21,
                    note=16,
                )
                for part in kit.owned("stage_card", phase)
            ],
            phase,
        )
        for phase in kit.of("phase_divider")
    ]
    joints = [*_joints(kit, "flow_arrow"), *_joints(kit, "curved_connector", second=True)]
    columns = STEPS_IN_ROW[kit.scene.setting["canvas"]]
    rows: list[Block] = [Lanes(kit, lanes, columns, joints)]
    if sections := [block_of(kit, part) for part in kit.of("section_card")]:
        rows.append(Grid(sections, columns_for(kit, 3), kit.gap))
    return Stack(rows, kit.gap, [1.0] + [0.0] * (len(rows) - 1))


def _joints(kit: Kit, kind: str, second: bool = False) -> list[Joint]:
    connector = kit.scene.setting["connector"]
    return [_joint(part, connector, second) for part in kit.of(kind)]


def _joint(part: Part, connector: str, second: bool) -> Joint:
    return Joint(part.source, part.target, connector, part, second)
