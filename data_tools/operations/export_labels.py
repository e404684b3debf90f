"""[Baker2018]'s two text files for any data set, without its images."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from data_tools.conversion.folder_writer import begin_bad_images
from data_tools.conversion.options import Settings
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.formats.dataset_info import DatasetInfo, Tally, info_from_tally
from data_tools.formats.label_lists import write_label_lists
from data_tools.formats.manifest import ImageRecord
from data_tools.sources import Source


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan that lists every image and writes none."""
    (source,) = sources
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        writer=write_lists,
    )


def write_lists(plan: Plan, folder: Path, settings: Settings) -> DatasetInfo:
    """Writes `<name>.txt`, after the name of the destination, and `labels.txt`.

    Images are listed unread; what stands beside them and is no image is bad.

    Raises:
      InputError: if there is such a thing, under `--on_bad=fail`.
    """
    bad_images = begin_bad_images(folder, settings)
    write_label_lists(folder, settings.name, plan.class_names, plan.examples)
    tally = Tally()
    for example in plan.examples:
        tally.add(ImageRecord(example.path, example.label, "", split=example.split))
    return info_from_tally(
        tally,
        name=settings.name,
        class_names=plan.class_names,
        arguments={},
        bad_images=bad_images.listed,
    )
