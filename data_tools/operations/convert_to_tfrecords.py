"""TFRecords in a layout that other tools open ([Baker2018], ``convert_to_tfrecords``).

Deviations from [Baker2018]: shards instead of one file, encoded images instead of decoded ones
(unless ``--encoding=raw``), the number of channels, and a seeded shuffle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from data_tools.conversion.mode_options import mode_conversion
from data_tools.conversion.plan import JoinedExamples, Plan, Writer
from data_tools.conversion.record_schema import RecordOptions
from data_tools.conversion.record_writer import write_records
from data_tools.errors import UsageError
from data_tools.options import option
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(RecordOptions):
    """Options of ``convert_to_tfrecords``."""

    runner: str | None = option(
        None, "Convert with Apache Beam: direct, or the name of a Beam runner."
    )
    beam_options: str | None = option(None, "Flags for Beam, as one quoted string.")


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan: all images of all splits, shuffled within each split."""
    (source,) = sources
    conversion = mode_conversion(source, options)
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        conversion=conversion,
        arguments={
            "encoding": options.encoding,
            "mode": options.mode,
            **(conversion.arguments if conversion else {}),
            "seed": options.seed,
        },
        trained_on=source.trained_on,
        writer=_writer(options),
    )


def _writer(options: Options) -> Writer:
    if options.runner is None:
        if options.beam_options is not None:
            raise UsageError("--beam_options needs --runner")
        return write_records
    from data_tools.conversion.beam_writer import write_records_on_beam

    return partial(
        write_records_on_beam, runner=options.runner, beam_options=options.beam_options or ""
    )
