"""Writes a plan as a labeled image folder with its manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from data_tools.conversion.bad_images import BadImages
from data_tools.conversion.options import Settings, pieces
from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import Preparation, stored_as_is
from data_tools.errors import InputError
from data_tools.files.paths import safe_label
from data_tools.formats.dataset_info import DatasetInfo, Tally, info_from_tally, write_dataset_info
from data_tools.formats.label_lists import write_label_lists
from data_tools.formats.manifest import MANIFEST_FILE, read_manifest, write_trained_on
from data_tools.progress import progress_bar
from data_tools.workers import ordered_results


class FolderPart(NamedTuple):
    """What one piece of work has written: manifest lines, their tally, the bad images."""

    lines: str
    tally: Tally
    bad: list[tuple[int, str]]


@dataclass(frozen=True)
class FolderWork:
    """Writes the images of some positions of a plan; runs in any process."""

    preparation: Preparation
    folder: Path

    def __call__(self, positions: range) -> FolderPart:
        """Returns the part of the manifest that belongs to the positions."""
        lines: list[str] = []
        tally = Tally()
        bad = []
        for position in positions:
            try:
                images = list(self.preparation.images(position, stored_as_is))
            except InputError as error:
                bad.append((position, str(error)))
                continue
            for record, data, shape in images:
                self._write(record.path, data)
                lines.append(record.to_json() + "\n")
                tally.add(record, shape)
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


def write_folder(plan: Plan, folder: Path, settings: Settings) -> DatasetInfo:
    """Writes the images of a plan, their manifest and info into an existing, empty folder.

    Raises:
      InputError: for a bad image under `--on_bad=fail`, or if no image is left.
    """
    for label in plan.class_names:
        safe_label(label)
    plan = plan.with_renames()
    bad_images = begin_bad_images(folder, settings)
    work = FolderWork(settings.preparation(plan), folder)
    ranges = pieces(plan, 0, len(plan.order))
    tally = Tally()
    with (
        open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest,
        progress_bar(settings.operation, len(plan.order)) as bar,
        ordered_results(work, ranges, settings.num_workers) as parts,
    ):
        for positions, part in zip(ranges, parts, strict=True):
            note_bad(bad_images, plan, part.bad)
            manifest.write(part.lines)
            tally.merge(part.tally)
            bar.update(len(positions))
    info = finish(plan, folder, settings, tally, bad_images)
    if plan.has_label_lists:
        write_label_lists(folder, info.name, info.classes, read_manifest(folder))
    return info


def begin_bad_images(folder: Path, settings: Settings) -> BadImages:
    """Returns the list of what cannot be read, which begins with the unexpected of the sources.

    Raises:
      InputError: if there are unexpected, under `--on_bad=fail`.
    """
    bad_images = BadImages(settings.on_bad, folder, not settings.strips_metadata)
    for unexpected in settings.unexpected_files:
        bad_images.add(unexpected.path, f"{unexpected.path!r} {unexpected.reason}")
    return bad_images


def note_bad(bad_images: BadImages, plan: Plan, bad: list[tuple[int, str]]) -> None:
    """Adds the bad images of one piece of work."""
    for position, reason in bad:
        example, _ = plan.target(position)
        bad_images.add(example.path, reason, example.load)


def finish(
    plan: Plan,
    folder: Path,
    settings: Settings,
    tally: Tally,
    bad_images: BadImages,
    extra: dict | None = None,
) -> DatasetInfo:
    """Writes all that stands beside the manifest, and returns the info.

    Raises:
      InputError: if no image was written.
    """
    if tally.num_images == 0:
        raise InputError(f"--op={settings.operation} leaves no image; nothing is written")
    bad_images.write_list()
    trained_on = plan.trained_on
    if settings.strips_metadata:
        trained_on = [image.anonymized() for image in trained_on]
    write_trained_on(folder, trained_on)
    info = info_from_tally(
        tally,
        name=settings.name,
        class_names=plan.class_names,
        arguments={"operation": settings.operation, **plan.arguments},
        bad_images=bad_images.listed,
        # The outcome of an operation names files of the source.
        extra={**({} if settings.strips_metadata else plan.extra), **(extra or {})},
    )
    write_dataset_info(folder, info)
    return info
