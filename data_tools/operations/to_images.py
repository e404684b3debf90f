"""Any source as image folders: MNIST's idx files, or TFRecords converted back.

Stored PNG and JPEG bytes are copied unchanged; idx and raw pixels become PNG.
"""

from collections.abc import Sequence

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.sources import Source


def plan(sources: Sequence[Source], options: ConversionOptions) -> Plan:
    """Return the plan: every image as it is."""
    (source,) = sources
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        trained_on=source.trained_on,
    )
