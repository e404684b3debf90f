"""Access to flagfiles for tests: the parts of a header, and the flags of every stage."""

import importlib
import re
from pathlib import Path

from absl import flags

from gan_tf import cli, experiment, train
from gan_tf.pipeline.stages import Stage, parse_stages

FOLDER = Path(__file__).parents[2] / "experiments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.flags"))
WORK_DIR = Path("runs")


def header(name: str) -> dict[str, str]:
    """Return the parts of the header comment of a flagfile by name, in order."""
    parts: dict[str, str] = {}
    for line in (FOLDER / f"{name}.flags").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return parts
        if match := re.match(r"# (\w+): (.*)", line):
            parts[match[1]] = match[2]
        else:
            parts[[*parts][-1]] += " " + line.lstrip("# ")
    return parts


def module_of(name: str) -> str | None:
    """Return the command that a flagfile is for; None if other flagfiles only include it."""
    match = re.match(r"python -m gan_tf\.(\w+) ", header(name)["Command"])
    return match and match[1]


EXPERIMENTS = [name for name in NAMES if module_of(name) == "experiment"]
TRAININGS = [name for name in NAMES if module_of(name) == "train"]


def stages_of(name: str) -> dict[str, Stage]:
    """Return the stages of an experiment by name."""
    arguments = [f"--flagfile={FOLDER / name}.flags"]
    values = cli.parse(experiment.define_flags(), arguments)
    assert values.name
    stages = parse_stages(values.stage, values.let, WORK_DIR / values.name, cli.expanded)
    return {stage.name: stage for stage in stages}


def parsed(stage: Stage) -> flags.FlagValues:
    """Return the flags of a stage, parsed by its command."""
    command = importlib.import_module(stage.module)
    return cli.parse(command.define_flags(), stage.arguments)


def training_flags(name: str) -> list[flags.FlagValues]:
    """Return the flags of every GAN that a flagfile trains."""
    if name in TRAININGS:
        return [cli.parse(train.define_flags(), [f"--flagfile={FOLDER / name}.flags"])]
    return [parsed(stage) for stage in stages_of(name).values() if stage.module == "gan_tf.train"]


def flags_of(name: str, module: str, prefix: str = "") -> dict[str, flags.FlagValues]:
    """Return the flags of one command's stages whose names have a prefix, by name."""
    return {
        key: parsed(stage)
        for key, stage in stages_of(name).items()
        if stage.module == f"gan_tf.{module}" and key.startswith(prefix)
    }


def edge_of(stage: Stage, stages: dict[str, Stage]) -> int | None:
    """Return the height to which this or earlier stages resize the images."""
    for word in stage.arguments:
        if word.startswith("--height="):
            return int(word.partition("=")[2])
    edges = [edge_of(stages[need], stages) for need in stage.needs]
    return next((edge for edge in edges if edge), None)
