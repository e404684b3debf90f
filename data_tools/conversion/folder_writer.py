"""Writing of a plan as a labeled image folder with its manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from data_tools.conversion.bad_images import BadImages
from data_tools.conversion.mode_conversion import UnfitImagesError
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import Preparation, stored_as_is
from data_tools.conversion.tally import PreparedTally
from data_tools.errors import InputError
from data_tools.files.paths import safe_label
from data_tools.formats.dataset_info import DatasetInfo, info_from_tally, write_dataset_info
from data_tools.formats.label_lists import write_label_lists
from data_tools.formats.manifest import MANIFEST_FILE, read_manifest, write_trained_on
from data_tools.progress import progress_bar
from data_tools.workers import ordered_results

#: Entry of ``dataset.json``: which 16-bit values became 0 and 255, and which there were.
GRAY_SCALE = "gray_scale"


class FolderPart(NamedTuple):
    """Result of one chunk: manifest lines, their tally, and the bad images."""

    lines: str
    tally: PreparedTally
    bad: list[tuple[int, str]]


@dataclass(frozen=True)
class FolderWork:
    """Task that writes the images at some positions of a plan, in any process."""

    preparation: Preparation
    folder: Path

    def __call__(self, positions: range) -> FolderPart:
        """Write the images and return their part of the manifest.

        Raises:
          UnfitImagesError: if an image does not fit the options.
        """
        lines: list[str] = []
        tally = PreparedTally()
        bad = []
        for position in positions:
            try:
                images = list(self.preparation.images(position, stored_as_is))
            except UnfitImagesError:
                raise
            except InputError as error:
                bad.append((position, str(error)))
                continue
            for image in images:
                self._write(image.record.path, image.data)
                lines.append(image.record.to_json() + "\n")
                tally.add_prepared(image)
        return FolderPart("".join(lines), tally, bad)

    def _write(self, path: str, data: bytes) -> None:
        file = f"{self.folder}/{path}"
        try:
            stream = open(file, "xb")
        except FileNotFoundError:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            stream = open(file, "xb")
        with stream:
            stream.write(data)


def write_folder(plan: Plan, folder: Path, options: ConversionOptions) -> DatasetInfo:
    """Write the images of a plan, their manifest and info into an existing, empty folder.

    Raises:
      InputError: for a bad image under ``--on_bad=fail``, or if no image is left.
    """
    for label in plan.class_names:
        safe_label(label)
    plan = plan.with_renames()
    bad_images = BadImages(folder, options)
    work = FolderWork(Preparation(plan, options), folder)
    ranges = plan.chunks(0, len(plan.order))
    tally = PreparedTally()
    with (
        open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest,
        progress_bar(options.operation, len(plan.order)) as bar,
        ordered_results(work, ranges, options.num_workers) as parts,
    ):
        for positions, part in zip(ranges, parts, strict=True):
            bad_images.add(plan, part.bad)
            manifest.write(part.lines)
            tally.merge(part.tally)
            bar.update(len(positions))
    info = finish_dataset(plan, folder, options, tally, bad_images)
    if plan.has_label_lists:
        write_label_lists(folder, info.name, info.classes, read_manifest(folder))
    return info


def finish_dataset(
    plan: Plan,
    folder: Path,
    options: ConversionOptions,
    tally: PreparedTally,
    bad_images: BadImages,
    extra: dict | None = None,
) -> DatasetInfo:
    """Write the files that accompany the manifest, and return the info.

    Raises:
      InputError: if no image was written.
    """
    if tally.num_images == 0:
        raise InputError(f"--op={options.operation} leaves no images; nothing was written")
    bad_images.write_list()
    trained_on = plan.trained_on
    if options.strip_metadata:
        trained_on = [image.anonymized() for image in trained_on]
    write_trained_on(folder, trained_on)
    info = info_from_tally(
        tally,
        name=options.name,
        class_names=plan.class_names,
        arguments={"operation": options.operation, **plan.arguments},
        bad_images=bad_images.listed,
        # The entries of the plan name files of the source.
        extra={
            **({} if options.strip_metadata else plan.extra),
            **_gray_scale(plan, tally),
            **(extra or {}),
        },
    )
    write_dataset_info(folder, info)
    return info


def _gray_scale(plan: Plan, tally: PreparedTally) -> dict[str, dict[str, list[int]]]:
    """Return the entry of ``dataset.json`` about 16-bit gray that became 8-bit, if any did."""
    if tally.gray_values is None:
        return {}
    low, high, _ = tally.gray_values
    return {GRAY_SCALE: {"scale": list(plan.conversion.scale), "values": [low, high]}}
