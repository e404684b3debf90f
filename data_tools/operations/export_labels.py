"""The two text files of [Baker2018] for any data set, without its images."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.conversion.bad_images import BadImages
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.formats.dataset_info import DatasetInfo, Tally, info_from_tally
from data_tools.formats.label_lists import write_label_lists
from data_tools.formats.manifest import ImageRecord
from data_tools.sources import Source


def plan(sources: Sequence[Source], options: ConversionOptions) -> Plan:
    """Return the plan that lists every image and writes none."""
    (source,) = sources
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        writer=write_lists,
    )


def write_lists(plan: Plan, folder: Path, options: ConversionOptions) -> DatasetInfo:
    """Write ``<name>.txt``, named after the destination, and ``labels.txt``.

    Images are listed without being read.

    Raises:
      InputError: the source contains unexpected files, under ``--on_bad=fail``.
    """
    bad_images = BadImages(folder, options)
    write_label_lists(folder, options.name, plan.class_names, _listed(plan))
    tally = Tally()
    for image in _listed(plan):
        tally.add(image)
    return info_from_tally(
        tally,
        name=options.name,
        class_names=plan.class_names,
        arguments={},
        bad_images=bad_images.listed,
    )


def _listed(plan: Plan) -> Iterator[ImageRecord]:
    """Yield the images by the paths that their source has."""
    for example in plan.examples:
        yield ImageRecord(example.source_path, example.label, "", split=example.split)
