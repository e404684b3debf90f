"""The run directory: what a run is, who works on it, and whether it may go on."""

import importlib.metadata
import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from data_tools.files.locks import hold_lock
from data_tools.files.paths import safe_label
from data_tools.files.staging import write_atomically
from data_tools.formats.manifest import (
    REAL,
    TRAINED_ON_FILE,
    TrainedOnImage,
    read_trained_on,
    write_trained_on,
)
from gan_tf import __version__
from gan_tf.gans import GANS
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import DataCard, TrainConfig

FLAGS_FILE = "flags.txt"
RUN_FILE = "run.json"
CHECKPOINTS_FOLDER = "checkpoints"
_LOCK_FILE = ".lock"
_BEFORE_RUN_FILE = {_LOCK_FILE, FLAGS_FILE, TRAINED_ON_FILE, f".{RUN_FILE}.partial"}
_PACKAGES = ("tensorflow", "keras", "numpy")


def locked(run_dir: Path) -> AbstractContextManager[None]:
    """Hold the run directory for this process; see ``hold_lock``."""
    return hold_lock(run_dir / _LOCK_FILE, f"--run_dir={run_dir}", "wait for it or choose another")


def begin(
    run_dir: Path,
    config: TrainConfig,
    data: DataCard,
    images: TrainingImages,
    flag_lines: Sequence[str],
) -> None:
    """Describes a new run in its directory; ``run.json`` comes last and makes it a run.

    Raises:
      InputError: the directory holds something that is not ours, or a label could not name the
        folder of the images that are made of it.
    """
    for label in data.class_names:
        safe_label(label)
    foreign = {path.name for path in run_dir.iterdir()} - _BEFORE_RUN_FILE
    if foreign:
        raise InputError(
            f"--run_dir={run_dir} holds '{min(foreign)}' but no run; choose another folder"
        )
    (run_dir / FLAGS_FILE).write_text("".join(f"{line}\n" for line in flag_lines), "utf-8")
    pairs = zip(images.examples, images.identities(), strict=True)
    real = (identity for example, identity in pairs if example.origin == REAL)
    write_trained_on(run_dir, chain(real, images.trained_on))
    _write_json(
        run_dir / RUN_FILE,
        {
            "config": asdict(config),
            "data": data._asdict(),
            "packages": _versions(),
            "git_commit": _git_commit(),
        },
    )


def is_run(run_dir: Path) -> bool:
    """True when the directory holds a run that has begun."""
    return (run_dir / RUN_FILE).is_file()


def read_run(run_dir: Path) -> tuple[TrainConfig, DataCard]:
    """The config and data of a run.

    Raises:
      InputError: the directory holds no run.
    """
    try:
        record = _record(run_dir)
        config = TrainConfig(**record["config"])
        data = {k: tuple(v) if isinstance(v, list) else v for k, v in record["data"].items()}
        return config, DataCard(**data)
    except FileNotFoundError:
        raise InputError(
            f"--run_dir={run_dir} holds no run (no {RUN_FILE}); train one with `gan_tf.train`"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{run_dir / RUN_FILE} is not the record of a run: {error}") from None


def require_kind(run_dir: Path, config: TrainConfig, *, translates: bool) -> None:
    """Raises InputError, which names the right command, unless the run makes images that way."""
    if GANS[config.gan].translates == translates:
        return
    makes, command = ("makes images from noise", "generate")
    if not translates:
        makes, command = ("translates images", "translate")
    raise InputError(
        f"--run_dir={run_dir} holds a {config.gan}, which {makes}; use `gan_tf.{command}`"
    )


def require_same(run_dir: Path, config: TrainConfig, data: DataCard) -> None:
    """Raises InputError unless the run in ``run_dir`` may go on under this config and data."""
    began, began_data = read_run(run_dir)
    for name, value in asdict(config).items():
        before = getattr(began, name)
        if name == "steps" and value > before and config.decay_start < 1:
            raise InputError(
                f"--steps={value} would change the learning rates of the {before} steps of the run "
                f"in {run_dir}, as --decay_start={config.decay_start} is a share of them; use the "
                "same value or another --run_dir"
            )
        if name == "steps" and value >= before:
            continue
        if value != before:
            raise InputError(
                f"--{name}={value} differs from the run in {run_dir}, which has {before}; "
                "use the same value or another --run_dir"
            )
    trained_with = _record(run_dir)["packages"]
    for name, version in _versions().items():
        if trained_with.get(name) != version:
            raise InputError(
                f"--run_dir={run_dir} was trained with {name} {trained_with.get(name)}, this is "
                f"{version}, and the run would not be the same; install that version or begin anew"
            )
    if data.fingerprint != began_data.fingerprint:
        raise InputError(
            f"--data holds other images than the run in {run_dir} was trained on "
            f"('{began_data.name}', fingerprint {began_data.fingerprint[:12]}); "
            "use the same data or another --run_dir"
        )


def record_more_steps(run_dir: Path, config: TrainConfig, flag_lines: Sequence[str]) -> None:
    """Notes in the run's description that it is to have ``config.steps`` steps."""
    record = _record(run_dir)
    if record["config"]["steps"] != config.steps:
        record.setdefault("earlier_steps", []).append(record["config"]["steps"])
        record["config"]["steps"] = config.steps
        (run_dir / FLAGS_FILE).write_text("".join(f"{line}\n" for line in flag_lines), "utf-8")
        _write_json(run_dir / RUN_FILE, record)


def trained_on(run_dir: Path, *, strip_metadata: bool = False) -> list[TrainedOnImage]:
    """The real images that a run's generator saw.

    Args:
      run_dir: of the run.
      strip_metadata: True to leave out their names and groups.
    """
    images = read_trained_on(run_dir)
    if not strip_metadata:
        return images
    return [image.anonymized() for image in images]


def _versions() -> dict[str, str]:
    """Versions of what decides the numbers of a run."""
    return {"gan_tf": __version__, **{name: importlib.metadata.version(name) for name in _PACKAGES}}


def _record(run_dir: Path) -> dict[str, Any]:
    return json.loads((run_dir / RUN_FILE).read_text(encoding="utf-8"))


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(record, indent=2) + "\n").encode())


def _git_commit() -> str | None:
    """The commit of the package's own checkout, None when it is installed without one."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or None
