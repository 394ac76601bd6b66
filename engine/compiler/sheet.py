"""Contact sheet of every form and theme: `python -m engine.compiler.sheet OUT.png|OUT.html`.

Each picture stands under a caption of its own; captions and pictures are drawn by the compiler's
own font. `--counts least|middle|most` chooses how many components the pictures have.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from contracts.families import Family, FamilyTable, Pack, content, content_topics, family_table
from engine.compiler.compile import compile_scene
from engine.compiler.fonts import font_files
from engine.compiler.raster import Rasteriser
from engine.compiler.standard import standard_scene, true_values
from engine.dsl.grammar import SETTINGS

TABLE = "ladder"
"""The table of all families; the bundle language's own families stand in it as well."""
SHOWN_SETTINGS = ("frame", "hero", "rail", "emphasis", "connector")
CAPTION_HEIGHT = 34
GUTTER = 18


@dataclass(frozen=True)
class Plate:
    """One picture of the sheet with its caption."""

    caption: str
    svg: str


def plates(families: FamilyTable, counts: str, pack: Pack) -> Iterator[list[Plate]]:
    """A row of plates for each form, one a theme; the other styles and settings take turns."""
    turn = 0
    for family in families.family:
        topics = content_topics(family.id)
        for form in family.forms:
            row = []
            for theme in families.style.theme:
                words = content(topics[turn % len(topics)])
                style = {
                    "theme": theme,
                    "tone": _turned(families.style.tone, turn),
                    "density": _turned(families.style.density, turn),
                    "background": _turned(families.style.background, turn),
                }
                settings = {
                    name: _turned(values, turn)
                    for name, values in SETTINGS[family.id]
                    if name in SHOWN_SETTINGS
                }
                chosen = joined_counts(family, chosen_counts(family, counts))
                scene = standard_scene(family, form, style, chosen, settings=settings)
                svg = compile_scene(true_values(scene, words), words, pack)
                named = " · ".join((*style.values(), *settings.values()))
                row.append(Plate(f"{family.id} · {form} · {words.topic} · {named}", svg))
                turn += 1
            yield row


def _turned(values: Sequence[str], turn: int) -> str:
    return values[turn % len(values)]


def joined_counts(family: Family, counts: dict[str, int]) -> dict[str, int]:
    """The counts with as many edges as join all nodes of a graph, if the family allows it."""
    if not {"nodes", "edges"} <= counts.keys():
        return counts
    whole = counts["nodes"] + counts["outcomes"] - 1
    ceiling = next(f for f in family.counts if f.id == "edges").ceiling(counts)
    return {**counts, "edges": min(max(counts["edges"], whole), ceiling)}


def chosen_counts(family: Family, choice: str) -> dict[str, int]:
    """Least, middle or most of each count that the family allows together."""
    chosen: dict[str, int] = {}
    later = {field.id: field.most for field in family.counts}
    for field in family.counts:
        ceiling = field.ceiling({**later, **chosen})
        middle = (field.least + ceiling + 1) // 2
        chosen[field.id] = {"least": field.least, "middle": middle, "most": ceiling}[choice]
    return chosen


def write_png(rows: list[list[Plate]], out: Path, width: int) -> None:
    """All rows as one picture; each plate is `width` pixels wide."""
    font = ImageFont.truetype(str(font_files()[1]), 16)
    strips: list[Image.Image] = []
    with Rasteriser() as rasteriser:
        for row in rows:
            images = [Image.open(io.BytesIO(rasteriser.png(p.svg, width))) for p in row]
            height = max(image.height for image in images) + CAPTION_HEIGHT
            strip = Image.new("RGB", (len(row) * (width + GUTTER) + GUTTER, height), "#ffffff")
            pen = ImageDraw.Draw(strip)
            for i, (plate, image) in enumerate(zip(row, images, strict=True)):
                x = GUTTER + i * (width + GUTTER)
                pen.text((x, 8), _shortened(plate.caption, font, width), fill="#17212b", font=font)
                strip.paste(image.convert("RGB"), (x, CAPTION_HEIGHT))
            strips.append(strip)
    sheet = Image.new(
        "RGB", (max(s.width for s in strips), sum(s.height + GUTTER for s in strips)), "#ffffff"
    )
    y = 0
    for strip in strips:
        sheet.paste(strip, (0, y))
        y += strip.height + GUTTER
    sheet.save(out, optimize=True)


def _shortened(caption: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """As many words of a caption as fit over its picture."""
    words = caption.split(" · ")
    while len(words) > 2 and font.getlength(" · ".join(words)) > width:
        words.pop()
    return " · ".join(words)


def write_html(rows: list[list[Plate]], out: Path, width: int) -> None:
    """All rows as one page that needs no other file."""
    figures = []
    with Rasteriser() as rasteriser:
        for plate in (plate for row in rows for plate in row):
            data = base64.b64encode(rasteriser.png(plate.svg, width)).decode("ascii")
            caption = html.escape(plate.caption)
            figures.append(
                f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
                f"<figcaption>{caption}</figcaption></figure>"
            )
    style = (
        "body{font:15px sans-serif;margin:24px;display:grid;gap:24px;"
        f"grid-template-columns:repeat(auto-fill,minmax({min(width, 480)}px,1fr))}}"
        "figure{margin:0}img{width:100%;display:block}figcaption{margin-top:6px}"
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact sheet</title>'
        f"<style>{style}</style>{''.join(figures)}</html>\n"
    )
    out.write_text(page, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(prog="engine.compiler.sheet", description=__doc__)
    parser.add_argument("out", type=Path, help="file to write: .png or .html")
    parser.add_argument("--counts", choices=("least", "middle", "most"), default="middle")
    parser.add_argument("--pack", choices=("brief", "default", "dense"), default="default")
    parser.add_argument("--width", type=int, default=640, help="pixels a picture")
    parser.add_argument("--form", help="only the forms whose name contains this")
    options = parser.parse_args(arguments)
    if options.out.suffix not in (".png", ".html"):
        parser.error(f"{options.out}: the name must end in .png or .html")
    rows = [
        row
        for row in plates(family_table(TABLE), options.counts, options.pack)
        if not options.form or options.form in row[0].caption.split(" · ")[1]
    ]
    if not rows:
        parser.error(f"no form is named like {options.form!r}")
    write = write_png if options.out.suffix == ".png" else write_html
    write(rows, options.out, options.width)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
