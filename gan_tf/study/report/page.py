"""What the pages of a study and of a table of studies share."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from gan_tf.study.analysis import verdict
from gan_tf.study.analysis.results import MIXED_OUTCOME
from gan_tf.study.report import figures

TEMPLATE_FOLDER = Path(__file__).parent / "templates"
#: What stands above a page, by its outcome.
HEADLINES = {
    verdict.HELPS: "The synthetic images help",
    verdict.HURTS: "The synthetic images hurt",
    verdict.NO_DIFFERENCE: "No difference shown",
    verdict.TOO_FEW: "Too few runs to tell",
    MIXED_OUTCOME: "It depends on the setting",
    "": "No synthetic images in this study",
}


def rendered(template: str, **values: Any) -> str:
    """The page that a template of this folder makes of the values, every text escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
    )
    return environment.get_template(template).render(**values)


def themed(make: Callable[[figures.Theme], bytes | None]) -> dict[str, str] | None:
    """A picture for a light and for a dark page; None where there is nothing to show."""
    pictures = {name: make(theme) for name, theme in figures.THEMES.items()}
    if None in pictures.values():
        return None
    return {name: data_uri(png) for name, png in pictures.items()}


def data_uri(png: bytes) -> str:
    """A PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
