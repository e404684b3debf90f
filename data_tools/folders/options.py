"""Options of how a folder of images is read."""

from dataclasses import dataclass

from data_tools.options import option

#: What becomes of folders inside label folders: their names are ignored, or part of the label.
FLATTEN, JOIN = "flatten", "join"
NESTED = (FLATTEN, JOIN)


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """How a folder of images is read."""

    unlabeled: bool = option(
        False, "Read a folder of images without label folders as one class, with or without splits."
    )
    nested: str | None = option(
        None,
        "Read images in folders inside label folders: flatten labels a/b/1.png a and names it "
        "b_1.png, join labels it a_b. Default: refuse them.",
        choices=NESTED,
    )
