"""Plots that tests draw, and what they read from them."""

from pathlib import Path
from xml.etree import ElementTree as ET

from openquality.cli.main import main

NAMESPACE = "{http://www.w3.org/2000/svg}"


def drawn(folder: Path, text: str, *arguments: str, code: int = 0) -> ET.Element:
    """Measure the text of a CSV file, and return the plot, which every plot's promises hold for."""
    data, plot = folder / "data.csv", folder / "plot.svg"
    data.write_text(text)
    assert main(["measure", str(data), *arguments, "--plot", str(plot)]) == code
    first = plot.read_bytes()
    assert main(["measure", str(data), *arguments, "--plot", str(plot)]) == code
    assert plot.read_bytes() == first  # the same data, the same plot
    root = ET.fromstring(first.decode())  # noqa: S314 - our own file
    found = {each.tag.removeprefix(NAMESPACE) for each in root.iter()}
    assert found <= {
        *("svg", "title", "desc", "style", "rect", "g", "text", "line", "polyline", "circle"),
    }
    written = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in written if "href" in name or name.startswith("on")}
    assert root.get("role") == "img"
    (sheet,) = (each.text or "" for each in root.iter(NAMESPACE + "style"))
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert said(root)
    return root


def titles(root: ET.Element, tag: str) -> list[str]:
    return [each.findtext(f"{NAMESPACE}title", "") for each in root.iter(NAMESPACE + tag)]


def words(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(NAMESPACE + "text")]


def said(root: ET.Element) -> str:
    return root.findtext(f"{NAMESPACE}desc", "")


def lines(root: ET.Element, ink: str) -> list[list[str]]:
    """Return the places that each line of the data in a colour leads through."""
    found = [each for each in root.iter(NAMESPACE + "polyline") if each.get("stroke") == ink]
    return [each.get("points", "").split() for each in found]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
