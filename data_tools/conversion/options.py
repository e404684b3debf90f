"""What all conversions have in common."""

from dataclasses import dataclass, field

from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import Preparation
from data_tools.formats.image_folder import UnexpectedFile

# A piece of work is about this many bytes of images, so that results on their way stay small.
_BYTES_PER_PIECE = 500_000
_MAX_IMAGES_PER_PIECE = 256


@dataclass(frozen=True)
class Settings:
    """How a plan is to be carried out.

    Attributes:
      operation: its name.
      name: of the new data set.
      on_bad: one of `bad_images.POLICIES`.
      num_workers: processes; the result does not depend on it.
      strips_metadata: leaves out what could point to a person or a file.
      unexpected_files: what the sources hold beside images.
    """

    operation: str
    name: str
    on_bad: str = "fail"
    num_workers: int = 1
    strips_metadata: bool = False
    unexpected_files: tuple[UnexpectedFile, ...] = field(default=())

    def preparation(self, plan: Plan) -> Preparation:
        """Returns what prepares the plan's images."""
        return Preparation(plan, self.operation, self.strips_metadata)


def pieces(plan: Plan, start: int, stop: int) -> list[range]:
    """Cuts the positions start..stop of a plan into pieces of work, by the first image's size."""
    try:
        size = len(plan.target(start)[0].load()) if start < stop else 0
    except Exception:  # Whatever is wrong with it is told when its turn comes.
        size = 0
    step = max(1, min(_MAX_IMAGES_PER_PIECE, _BYTES_PER_PIECE // max(size, 1)))
    return [range(first, min(first + step, stop)) for first in range(start, stop, step)]
