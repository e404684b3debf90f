"""The run directory: its description, its lock and the conditions for resuming the run."""

import importlib.metadata
import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from data_tools.files.locks import hold_lock
from data_tools.files.paths import is_utf8
from data_tools.files.staging import write_atomically
from data_tools.formats.manifest import (
    TRAINED_ON_FILE,
    VALIDATION,
    TrainedOnImage,
    read_trained_on,
    write_trained_on,
)
from gan_tf import __version__
from gan_tf.gans import GANS
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.choices.choice import Choice
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data import PSEUDO_LABELS_FILE
from gan_tf.runs.data.card import DataCard

FLAGS_FILE = "flags.txt"
RUN_FILE = "run.json"
CHECKPOINTS_FOLDER = "checkpoints"
_LOCK_FILE = ".lock"
# An interrupted start may leave these behind.
_FILES_BEFORE_RUN_FILE = {
    _LOCK_FILE,
    FLAGS_FILE,
    TRAINED_ON_FILE,
    PSEUDO_LABELS_FILE,
    f".{PSEUDO_LABELS_FILE}.partial",
    f".{RUN_FILE}.partial",
}
_PACKAGES = ("tensorflow", "keras", "numpy")


def refuse_unusable(run_dir: Path) -> None:
    """Raise InputError unless a run can be in a folder: it is missing, empty or holds one."""
    if not is_utf8(str(run_dir)):
        raise InputError(
            f"--run_dir={run_dir} is not UTF-8, which TensorFlow needs; choose another folder"
        )
    if not run_dir.is_dir() or is_run(run_dir):
        return
    foreign = {path.name for path in run_dir.iterdir()} - _FILES_BEFORE_RUN_FILE
    if foreign:
        raise InputError(
            f"--run_dir={run_dir} holds '{min(foreign)}' but no run; choose another folder"
        )


def locked(run_dir: Path) -> AbstractContextManager[None]:
    """Lock the run directory for this process, see ``hold_lock`` and ``refuse_unusable``."""
    refuse_unusable(run_dir)
    return hold_lock(run_dir / _LOCK_FILE, f"--run_dir={run_dir}", "wait for it or choose another")


def create(
    run_dir: Path,
    config: TrainConfig,
    data: DataCard,
    images: TrainingImages,
    flag_lines: Sequence[str],
    choices: Mapping[str, Choice],
    validation: LabeledImages | None = None,
) -> None:
    """Write the description of a new run; ``run.json`` is written last and makes it a run.

    Args:
      run_dir: the run directory, locked.
      config: config of the run.
      data: description of the training images.
      images: the training images.
      flag_lines: lines of a flagfile that reproduces the run.
      choices: what the run chose by itself, by the flag that asked for it.
      validation: images that checkpoints are chosen by, which count as seen: a test on them would
        be too good.
    """
    _write_flags(run_dir, flag_lines)
    if not config.pseudo_label_threshold:  # Then those of a start that was interrupted.
        (run_dir / PSEUDO_LABELS_FILE).unlink(missing_ok=True)
    chosen_by = (
        replace(image, seen_as=VALIDATION)
        for image in (validation.identities() if validation else ())
    )
    seen = chain(images.identities(only_real=True), images.trained_on, chosen_by)
    write_trained_on(run_dir, seen)
    _write_json(
        run_dir / RUN_FILE,
        {
            "config": asdict(config),
            "chosen": {
                name: {"asked": choice.asked, "flags": list(choice.flags)}
                for name, choice in choices.items()
            },
            "data": data._asdict(),
            "validation": validation and validation.fingerprint,
            "packages": _versions(),
            "git_commit": _git_commit(),
        },
    )


def is_run(run_dir: Path) -> bool:
    """Return True if the folder holds a run."""
    return (run_dir / RUN_FILE).is_file()


def read_run(run_dir: Path) -> tuple[TrainConfig, DataCard]:
    """Read the config and data of a run.

    Raises:
      InputError: the folder holds no run, or another version wrote it.
    """
    record = _read_record(run_dir)
    try:
        return (
            TrainConfig(**_with_tuples(record["config"])),
            DataCard(**_with_tuples(record["data"])),
        )
    except (AttributeError, KeyError, TypeError):
        raise InputError(
            f"--run_dir={run_dir} was written by another version of gan_tf, which this one "
            f"({__version__}) cannot read; use that version, or train a new run in another folder"
        ) from None


def recorded_choice(run_dir: Path, name: str, asked: Any) -> Choice | None:
    """Return what a run chose by itself when it was started; None if there is no run yet.

    Args:
      run_dir: the run directory.
      name: the flag that asks for a choice.
      asked: its value.

    Raises:
      InputError: the run was started with another value of the flag, or without it.
    """
    if not is_run(run_dir):
        return None
    config, _ = read_run(run_dir)
    record = _read_record(run_dir).get("chosen", {}).get(name)
    if record is None or record["asked"] != asked:
        fixed = {"gan": f"--gan={config.gan}", "hours": f"--steps={config.steps}"}
        was = f"--{name}={record['asked']}" if record else fixed[name]
        raise InputError(
            f"--{name}={asked} differs from the run in {run_dir}, which was started with {was}; "
            "use the same or another --run_dir"
        )
    return Choice(asked, {flag: getattr(config, flag) for flag in record["flags"]})


def require_kind(run_dir: Path, config: TrainConfig, *, translates: bool) -> None:
    """Raise InputError with the right command if the run is of the other kind.

    Args:
      run_dir: the run directory.
      config: config of the run.
      translates: True to require a run that translates images, False one that generates them.
    """
    if GANS[config.gan].translates == translates:
        return
    use, command = ("generates images from noise", "generate")
    if not translates:
        use, command = ("translates images", "translate")
    raise InputError(
        f"--run_dir={run_dir} holds a {config.gan}, which {use}; use `gan_tf.{command}`"
    )


def require_same(
    run_dir: Path, config: TrainConfig, data: DataCard, validation: LabeledImages | None = None
) -> None:
    """Raise InputError unless the run can be resumed with this config, data and software."""
    saved_config, saved_data = read_run(run_dir)
    for name, value in asdict(config).items():
        saved = getattr(saved_config, name)
        if name == "steps" and value > saved and config.decay_start < 1:
            raise InputError(
                f"--steps={value} would change the learning rates of the {saved} steps of the run "
                f"in {run_dir}, as --decay_start={config.decay_start} is a fraction of the steps; "
                "use the same value or another --run_dir"
            )
        if name == "steps" and value >= saved:
            continue
        if value != saved:
            given, had = (_as_text(x) for x in (value, saved))
            raise InputError(
                f"--{name}={given} differs from the run in {run_dir}, which has {had}; "
                "use the same value or another --run_dir"
            )
    saved_versions = _read_record(run_dir)["packages"]
    for name, version in _versions().items():
        saved = saved_versions.get(name)
        if saved != version:
            raise InputError(
                f"--run_dir={run_dir} was trained with {name} {saved}, but {version} is installed, "
                "which may give other results; install that version or use another --run_dir"
            )
    if data.fingerprint != saved_data.fingerprint:
        has_unlabeled = data.num_unlabeled or saved_data.num_unlabeled
        flags = "--data or --unlabeled_data" if has_unlabeled else "--data"
        raise InputError(
            f"{flags} differs from the images that the run in {run_dir} was trained on "
            f"('{saved_data.name}', fingerprint {saved_data.fingerprint[:12]}); "
            "use the same data or another --run_dir"
        )
    # It may be left out: then no metric needs it.
    if validation and validation.fingerprint != _read_record(run_dir).get("validation"):
        raise InputError(
            f"--validation_data differs from the images that the run in {run_dir} was started "
            "with; use the same data or another --run_dir"
        )


def record_more_steps(run_dir: Path, config: TrainConfig, flag_lines: Sequence[str]) -> None:
    """Update the description of a run that is about to be trained for more steps."""
    record = _read_record(run_dir)
    if record["config"]["steps"] != config.steps:
        record.setdefault("earlier_steps", []).append(record["config"]["steps"])
        record["config"]["steps"] = config.steps
        _write_flags(run_dir, flag_lines)
        _write_json(run_dir / RUN_FILE, record)


def trained_on(run_dir: Path, *, strip_metadata: bool = False) -> list[TrainedOnImage]:
    """Return the real images that a run was trained on.

    Args:
      run_dir: the run directory.
      strip_metadata: True to leave out their paths and groups.
    """
    images = read_trained_on(run_dir)
    return [image.anonymized() for image in images] if strip_metadata else images


def _versions() -> dict[str, str]:
    """Return the versions of the packages that determine the numbers of a run."""
    return {"gan_tf": __version__, **{name: importlib.metadata.version(name) for name in _PACKAGES}}


def _read_record(run_dir: Path) -> dict[str, Any]:
    """Read ``run.json``.

    Raises:
      InputError: there is none, or it is damaged.
    """
    try:
        return json.loads((run_dir / RUN_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"--run_dir={run_dir} holds no run (no {RUN_FILE}); train one with `gan_tf.train`"
        ) from None
    except ValueError as error:
        raise InputError(
            f"{run_dir / RUN_FILE} is damaged ({error}); train a new run in another folder"
        ) from None


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values read from JSON with tuples in place of lists."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _as_text(value: Any) -> str:
    return ",".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _write_flags(run_dir: Path, flag_lines: Sequence[str]) -> None:
    text = "".join(f"{line}\n" for line in flag_lines)
    (run_dir / FLAGS_FILE).write_text(text, "utf-8", "surrogateescape")


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(record, indent=2) + "\n").encode())


def _git_commit() -> str | None:
    """Return the commit of the package's checkout; None if it was installed without one."""
    process = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout.strip() or None
