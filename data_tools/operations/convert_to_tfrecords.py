"""TFRecords, as [Baker2018]'s `convert_to_tfrecords` asks for, in a layout that others open.

Deviations from B: shards in place of one file, encoded images in place of decoded ones (unless
`--encoding=raw`), the number of channels, and a seeded shuffle.
"""

import argparse
from collections.abc import Sequence
from functools import partial

from data_tools.conversion.plan import JoinedExamples, Plan, Writer
from data_tools.conversion.record_schema import RecordOptions
from data_tools.conversion.record_writer import write_records
from data_tools.errors import InputError
from data_tools.sources import Source


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan: all images of all splits, shuffled within each split."""
    (source,) = sources
    records = RecordOptions(options.encoding, options.mode, options.num_shards, options.seed)
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        arguments={"encoding": records.encoding, "mode": records.mode, "seed": records.seed},
        trained_on=source.trained_on,
        writer=_writer(records, options),
    )


def _writer(records: RecordOptions, options: argparse.Namespace) -> Writer:
    if options.runner is None:
        if options.beam_options is not None:
            raise InputError("--beam_options needs --runner")
        return partial(write_records, options=records)
    from data_tools.conversion.beam_writer import write_records_on_beam

    return partial(
        write_records_on_beam,
        options=records,
        runner=options.runner,
        beam_options=options.beam_options or "",
    )
