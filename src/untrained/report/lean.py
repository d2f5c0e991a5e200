"""A drawing of matplotlib in fewer bytes: what it repeats is written once, and names are short.

A page holds its pictures inside itself, and most bytes of a picture are glyphs placed one by one, each under the full name
of its font, and styles spelled out at each point.
"""

import base64
import io
import itertools
import re
import string
from collections import Counter
from collections.abc import Iterable
from xml.etree import ElementTree

from PIL import Image

REFERENCE = r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+'
"""Names by which an SVG refers to its definitions."""


def lean(svg: str) -> str:
    r"""The same drawing in fewer bytes; what is lean stays as it is.

    Coordinates go to a hundredth of a point and images to 64 colours, which is all that is lost. Equal styles become one
    class, definitions move to the front under names of few letters, and groups that say nothing go.

    Args:
        svg: of matplotlib, or of this function.

    Returns:
        The SVG, without declaration: a browser reads it as a file or as a data URI.

    >>> drawn = lean('''<?xml version="1.0"?>
    ... <svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg"><!-- a triangle, twice -->
    ... <g id="line"><defs><path id="m0a1b" d="M 0 3 \nL -0.50449 1 \nL 2 1 \nz " style="fill: #ff0000"/></defs>
    ... <use xlink:href="#m0a1b"/><use xlink:href="#m0a1b" transform="translate(1.23456 0)"/></g></svg>''')
    >>> print(drawn.replace("><", ">\n<"))
    <svg xmlns="http://www.w3.org/2000/svg">
    <style>.a{fill:#f00}</style>
    <defs>
    <path id="a" d="M0 3-.5 1H2z" class="a"/>
    </defs>
    <use href="#a"/>
    <use href="#a" x="1.23"/>
    </svg>
    """
    svg = re.sub(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=\s]+", lambda found: _palette(found[0]), svg)
    svg = re.sub(r'<!--.*?-->|<metadata>.*?</metadata>| xmlns(:\w+)?="[^"]*"|xlink:(?=href)', "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(r"(?<!scale\()-?\b\d+\.\d{3,}\b", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), svg)
    svg = re.sub(r"(?<![\d.])0(?=\.\d)|(?<=[:;]) ", "", svg)
    svg = re.sub(r":#(.)\1(.)\2(.)\3\b", r":#\1\2\3", svg)
    rules = dict(re.findall(r"\.(\w+){(.*?)}", svg))
    used = set(re.findall(REFERENCE, svg))
    root, defs = ElementTree.fromstring(svg), ElementTree.Element("defs")
    for element in root.iter():
        _shorten(element, rules, used)
    _hoist(root, defs, used)
    root.insert(0, defs)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    text = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>").replace("<defs/>", "", 1)
    ids = _names(re.findall(REFERENCE, text))
    text = re.sub(rf'{REFERENCE}|(?<= id=")[^"]+', lambda found: ids[found[0]], text)
    classes = _names(re.findall(r'(?<= style=")[^"]+', text))
    text = re.sub(r'style="([^"]+)', lambda found: f'class="{classes[found[1]]}', text)
    sheet = re.findall(r"\*{.*?}", svg) + [f".{name}{{{style}}}" for style, name in classes.items()]
    return text.replace(">", f"><style>{''.join(sheet)}</style>", 1)


def _shorten(element: ElementTree.Element, rules: dict[str, str], used: set[str]) -> None:
    """Attributes of one element: one style, a place instead of a move, no id that nothing refers to."""
    at = element.attrib
    if at.get("id") not in used:
        at.pop("id", None)
    if "d" in at:
        at["d"] = _path(at["d"])
    moved = re.fullmatch(r"translate\((\S+) (\S+)\)", at.get("transform", ""))
    if moved and element.tag == "use" and not {"x", "y"} & set(at):
        del at["transform"]
        at |= {name: value for name, value in zip("xy", moved.groups(), strict=True) if value != "0"}
    clip = f"clip-path:{at.pop('clip-path')}" if "clip-path" in at else ""
    style = ";".join(filter(None, (rules.get(at.pop("class", "")), at.pop("style", ""), clip)))
    if style:
        at["style"] = style


def _path(data: str) -> str:
    """Path data with H and V, without blanks around a command and without a command that repeats the last.

    >>> _path("M 0 1 L 2 -3 L 4 5 L 4 6 z M 6 7 Q 8 9 1 2 Q 3 4 5 6 L 0 6")
    'M0 1 2-3 4 5V6zM6 7Q8 9 1 2 3 4 5 6H0'
    """
    text, last, end = "", "", []
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        place = at = re.findall(r"-?[\d.]+", numbers)
        if command == "L" and at[1:] == end[1:]:
            command, place = "H", at[:1]
        elif command == "L" and at[:-1] == end[:1]:
            command, place = "V", at[1:]
        text += (" " if last + command in ("ML", "LL", "QQ", "CC") else command) + " ".join(place)
        last, end = command, at[-2:] if len(at) > 1 else []
    return text.replace(" -", "-")


def _hoist(parent: ElementTree.Element, defs: ElementTree.Element, used: set[str]) -> None:
    """Definitions that are used go to `defs`; a group without attributes leaves its children in its place."""
    kept = []
    for child in parent:
        _hoist(child, defs, used)
        if child.tag == "defs":
            defs.extend(one for one in child if one.get("id") in used)
        elif child.tag == "g" and not child.attrib:
            kept.extend(child)
        elif child.tag != "style":
            kept.append(child)
    parent[:] = kept


def _names(found: Iterable[str]) -> dict[str, str]:
    """A name of few letters for each text, the shortest for what is found most often.

    >>> _names(["one", "two", "two"])
    {'two': 'a', 'one': 'b'}
    """
    letters = (name for size in itertools.count(1) for name in itertools.product(string.ascii_letters, repeat=size))
    return {text: "".join(next(letters)) for text, _ in Counter(found).most_common()}


def _palette(png: str) -> str:
    """A PNG in base64 with at most 64 colours, transparency included; one with a palette stays."""
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P":
        return png
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(buffer, "png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
