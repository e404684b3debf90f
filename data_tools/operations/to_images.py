"""Any source as image folders: MNIST's idx files, or TFRecords on the way back.

Stored PNG and JPEG bytes come out as they went in; idx and raw pixels become PNG.
"""

import argparse
from collections.abc import Sequence

from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.sources import Source


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan: every image as it is."""
    (source,) = sources
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        trained_on=source.trained_on,
    )
