"""The rasteriser's own process: frames of SVG on standard input, frames of PNG on standard output.

Run as a script, outside the package, so that it loads nothing but resvg. A request is the width
(0 for the picture's own) and the length of the text, then the text; an answer is a status byte
(0 a picture, 1 an error message) and a length, then the bytes. Arguments: memory limit in bytes,
then the font files.
"""

from __future__ import annotations

import resource
import struct
import sys

import resvg_py

REQUEST = struct.Struct("<II")
ANSWER = struct.Struct("<BI")
FONT_FAMILY = "IBM Plex Sans"


def main(memory: int, fonts: list[str]) -> None:
    """Serve requests until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := requests.read(REQUEST.size):
        width, length = REQUEST.unpack(head)
        status, data = _render(requests.read(length).decode("utf-8"), width, fonts)
        answers.write(ANSWER.pack(status, len(data)) + data)
        answers.flush()


def _render(svg: str, width: int, fonts: list[str]) -> tuple[int, bytes]:
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width or None,
            skip_system_fonts=True,
            font_files=fonts,
            font_family=FONT_FAMILY,
        )
    except (ValueError, MemoryError) as error:
        return 1, str(error).encode("utf-8")
    return 0, bytes(png)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
