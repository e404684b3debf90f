"""The flags of `convert` that belong to some operations only.

Their defaults stand in `operations.OPERATIONS`, because they differ between operations.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from data_tools.formats.dataset_info import SPLITS


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Returns a parser of whole numbers from `least` to `most`, both included."""
    allowed = f"{least} or more" if most is None else f"in {least}..{most}"

    def number(text: str) -> int:
        found = int(text)
        if found < least or (most is not None and found > most):
            raise argparse.ArgumentTypeError(f"{text} is not {allowed}")
        return found

    return number


def shares(text: str) -> tuple[float, ...]:
    """Returns two or three numbers, none negative: train,test or train,validation,test."""
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) not in (2, 3) or not all(0 <= number < 1e12 for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is not train,test or train,validation,test")
    return numbers


def split_names(text: str) -> tuple[str, ...]:
    """Returns names of splits; "all" stands for all three."""
    names = SPLITS if text == "all" else tuple(text.split(","))
    if unknown := set(names) - set(SPLITS):
        raise argparse.ArgumentTypeError(f"{sorted(unknown)[0]!r} is no split")
    return names


def names(text: str) -> tuple[str, ...]:
    """Returns comma-separated names."""
    found = tuple(text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} has an empty name")
    return found


def renames(text: str) -> dict[str, str]:
    """Returns "a=x,b=x" as a mapping from old to new names."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(old and new for old, _, new in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is not OLD=NEW,OLD=NEW")
    return {old: new for old, _, new in pairs}


#: Flag to the keywords of `argparse.ArgumentParser.add_argument`.
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "size": {"type": whole(1), "metavar": "N", "help": "images of each label"},
    "on_short": {
        "choices": ("fail", "take_all"),
        "help": "a label with fewer images than --size is an error, or gives all it has",
    },
    "height": {"type": whole(1), "metavar": "PIXELS", "help": "height in pixels"},
    "width": {"type": whole(1), "metavar": "PIXELS", "help": "width in pixels"},
    "remainder": {
        "choices": ("drop", "keep"),
        "help": "what is left at the right and lower edge: dropped, or kept as smaller tiles",
    },
    "fit": {
        "choices": ("stretch", "pad", "crop"),
        "help": "stretch; or keep the proportions and pad; or keep them and crop the center",
    },
    "filter": {
        "choices": ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"),
        "help": "Pillow's resampling filter",
    },
    "fill": {"type": whole(0, 255), "metavar": "0..255", "help": "gray level of the padding"},
    "seed": {"type": whole(0, 2**32 - 1), "metavar": "N", "help": "of everything drawn"},
    "splits": {
        "type": split_names,
        "metavar": "NAMES",
        "help": "splits to change (comma-separated, or all); the rest is carried over",
    },
    "fractions": {
        "type": shares,
        "metavar": "F,F[,F]",
        "help": "train,test or train,validation,test; default 0.8,0.2",
    },
    "counts": {
        "type": shares,
        "metavar": "N,N[,N]",
        "help": "like --fractions, as numbers of images",
    },
    "group_column": {
        "metavar": "NAME",
        "help": "column of the CSV with the groups; auto takes a known one, none takes none",
    },
    "csv": {"metavar": "FILE", "help": "table with one row an image"},
    "label_column": {"metavar": "NAME", "help": "column with the label; default dx or one-hot"},
    "extension": {"metavar": "SUFFIX", "help": "of the files, where the table's ids have none"},
    "zero_label": {"metavar": "LABEL", "help": "label of a one-hot row of zeros"},
    "unknown": {"choices": ("drop", "keep"), "help": "what becomes of the one-hot class UNK"},
    "on_unmatched": {
        "choices": ("report", "refuse"),
        "help": "rows without a file and files without a row are reported, or an error",
    },
    "keep": {"type": names, "metavar": "A,B", "help": "classes to keep"},
    "drop": {"type": names, "metavar": "A,B", "help": "classes to leave out"},
    "map": {"type": renames, "metavar": "A=X,B=X", "help": "new names; equal ones unite"},
    "cap": {"type": whole(1), "metavar": "N", "help": "at most so many images a class"},
    "by": {
        "choices": ("bytes", "pixels", "near"),
        "help": "what makes two images equal; near compares perceptual hashes",
    },
    "distance": {
        "type": whole(0, 64),
        "metavar": "BITS",
        "help": "in which near hashes may differ",
    },
    "group_csv": {"metavar": "FILE", "help": "table with the group of each image"},
    "id_column": {"metavar": "NAME", "help": "column of the CSV with the file's name"},
    "num_shards": {"type": whole(1), "metavar": "N", "help": "shards of each split"},
    "encoding": {
        "choices": ("keep", "png", "raw"),
        "help": "keep PNG and JPEG bytes where readers decode them alike, or all PNG, or raw",
    },
    "runner": {
        "metavar": "NAME",
        "help": "convert on Apache Beam: direct, or the name of a Beam runner",
    },
    "beam_options": {"metavar": "FLAGS", "help": "flags for Beam, in one quoted string"},
    "mode": {
        "choices": ("L", "RGB", "RGBA", "I;16"),
        "help": "bring all images to one mode (I;16 is 16-bit gray)",
    },
}
