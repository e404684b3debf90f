"""MNIST's idx files as image folders; any other source is copied into one likewise."""

import argparse
from collections.abc import Sequence

from data_tools.plan import JoinedExamples, Plan
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
