"""The conversion to TFRecords as an Apache Beam pipeline, for data too large for one machine.

Each element of the pipeline is a shard; the bytes are the same as those of ``write_records``. The
workers of a distributed runner must see the source and the destination under the same paths. Needs
the extra ``[beam]``.
"""

import os
import pickle
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from data_tools.conversion.bad_images import BadImages
from data_tools.conversion.plan import Plan
from data_tools.conversion.record_schema import RecordOptions
from data_tools.conversion.record_writer import RecordJob, Shard, finish_records, record_job
from data_tools.conversion.tally import PreparedTally
from data_tools.errors import InputError
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.formats.manifest import MANIFEST_FILE
from data_tools.formats.tfds_layout import VERSION
from data_tools.formats.tfrecord import ShardWriter, offsets_file

# Beam's DirectRunner would download and run a Go binary; this is its pure Python part.
_RUNNERS = {"direct": "apache_beam.runners.portability.fn_api_runner.FnApiRunner"}


class ShardResult(NamedTuple):
    """A worker's report about a shard that it has written."""

    num_records: int
    lines: str
    tally: PreparedTally
    bad: list[tuple[int, str]]


@dataclass(frozen=True)
class WriteShard:
    """Writer of the shard with a given number; runs on any worker, and again if Beam retries."""

    job: RecordJob

    def __call__(self, number: int) -> None:
        """Write the shard, its offsets and, for the main process, a result file."""
        shard = self.job.shards[number]
        try:
            self._write(shard)
        except InputError as error:
            # Beam would wrap it in an error of its own.
            result_file(shard.file).write_bytes(pickle.dumps(error))

    def _write(self, shard: Shard) -> None:
        tally = PreparedTally()
        lines, bad = [], []
        with tempfile.TemporaryDirectory(prefix=".beam-", dir=shard.file.parent) as folder:
            own_file = Path(folder) / shard.file.name
            with ShardWriter(own_file) as writer:
                for positions in self.job.plan.chunks(shard.start, shard.stop):
                    part = self.job.work(positions)
                    for frame in part.frames:
                        writer.write(frame)
                    lines.append(part.lines)
                    tally.merge(part.tally)
                    bad += part.bad
            result = ShardResult(writer.num_records, "".join(lines), tally, bad)
            own_result = Path(folder) / "result"
            own_result.write_bytes(pickle.dumps(result))
            os.replace(own_file, shard.file)
            os.replace(offsets_file(own_file), offsets_file(shard.file))
            os.replace(own_result, result_file(shard.file))


def result_file(shard: Path) -> Path:
    """Return the file in which a worker reports about a shard."""
    return shard.with_name(f"{shard.name}.result")


def pipeline_flags(runner: str, beam_options: str) -> list[str]:
    """Return the flags of a Beam pipeline; see ``write_records_on_beam``.

    Raises:
      InputError: if a quotation mark is not closed.
    """
    try:
        return [f"--runner={_RUNNERS.get(runner, runner)}", *shlex.split(beam_options)]
    except ValueError as error:
        raise InputError(
            f"--beam_options={beam_options!r} cannot be split into flags: {error}"
        ) from None


def write_records_on_beam(
    plan: Plan, folder: Path, options: RecordOptions, *, runner: str, beam_options: str
) -> DatasetInfo:
    """Write the images of a plan as shards with a Beam pipeline; see ``write_records``.

    Args:
      plan: plan of the conversion.
      folder: an existing, empty folder that all workers see.
      options: options of the conversion.
      runner: "direct", or the name of a Beam runner.
      beam_options: flags for Beam, as one shell-quoted string.

    Raises:
      InputError: as ``write_records``, or if Beam is not installed or has no such runner or flags.
    """
    flags = pipeline_flags(runner, beam_options)
    try:
        import apache_beam
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError:
        raise InputError("--runner needs Apache Beam: pip install 'gan-tf[beam]'") from None
    try:
        pipeline_context = apache_beam.Pipeline(options=PipelineOptions(flags))
    except (ValueError, ImportError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"--runner={runner} and --beam_options={beam_options!r} do not define a pipeline: "
            f"{reason}"
        ) from None

    folder = (folder / VERSION).resolve()
    folder.mkdir()
    job = record_job(plan, folder, options)
    bad_images = BadImages(folder, options)
    with pipeline_context as pipeline:
        numbers = pipeline | apache_beam.Create(range(len(job.shards)))
        _ = numbers | apache_beam.Reshuffle() | apache_beam.Map(WriteShard(job))
    tally = PreparedTally()
    lengths = {}
    with open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest:
        for shard in job.shards:
            result = result_file(shard.file)
            part: ShardResult | InputError = pickle.loads(result.read_bytes())
            result.unlink()
            if isinstance(part, InputError):
                raise part
            bad_images.add(job.plan, part.bad)
            manifest.write(part.lines)
            tally.merge(part.tally)
            lengths[shard.file] = part.num_records
    return finish_records(job, folder, options, tally, bad_images, lengths)
