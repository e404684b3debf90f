"""Headlines, templates and embedded pictures shared by all report pages."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from data_tools.files.paths import utf8_text
from gan_tf.study.analysis import verdict
from gan_tf.study.analysis.answer import DEPENDS
from gan_tf.study.report.drawing import THEMES, Theme

TEMPLATE_FOLDER = Path(__file__).parent / "templates"
#: Headline of a page, by outcome.
HEADLINES = {
    verdict.HELPS: "The synthetic images help",
    verdict.HURTS: "The synthetic images hurt",
    verdict.NO_DIFFERENCE: "No difference shown",
    verdict.INCONCLUSIVE: "Inconclusive",
    DEPENDS: "It depends on the configuration",
    "": "No synthetic images in this study",
}


def rendered(template: str, **values: Any) -> str:
    """Return the page of a template in the templates folder, with all text escaped, as UTF-8."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
    )
    return utf8_text(environment.get_template(template).render(**values))


def themed(draw: Callable[[Theme], bytes | None]) -> dict[str, str] | None:
    """Return data URIs of a figure for a light and a dark page; None if there is no figure."""
    pictures = {name: draw(theme) for name, theme in THEMES.items()}
    if None in pictures.values():
        return None
    return {name: data_uri(png) for name, png in pictures.items()}


def data_uri(png: bytes) -> str:
    """Return a PNG as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
