"""``gan_tf.train --unlabeled_data`` as a user runs it: flags, errors, the files of the run."""

import json

import pytest
from digit_folders import digit_images
from training_runs import read_json_lines
from translating_run import command

from data_tools.errors import InputError, UsageError
from data_tools.formats.images import encode_png
from gan_tf import cli, generate, train
from gan_tf.gans import GANS
from gan_tf.runs.choices.auto_gan import RULES

SMALL = ["--width=0.05", "--batch_size=8", "--steps=2", "--threads=2", "--log_every=1"]


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Write 30 digits, dark on light, without label folders."""
    folder = tmp_path_factory.mktemp("digits") / "others"
    folder.mkdir()
    for number, image in enumerate(digit_images(0, 3)[0]):
        (folder / f"{number}.png").write_bytes(encode_png(255 - image))
    return folder


def arguments(others, run_dir, *more):
    given = ["--data=sklearn:digits", f"--unlabeled_data={others}"]
    return [*given, f"--run_dir={run_dir}", *SMALL, *more]


def test_a_run_is_trained_and_makes_images(others, tmp_path):
    run_dir = tmp_path / "run"
    assert command(*arguments(others, run_dir, "--gan=projection_gan"), module=train) == 0
    record = json.loads((run_dir / "run.json").read_text())
    assert record["data"]["num_unlabeled"] == 30
    lines = (run_dir / "flags.txt").read_text().splitlines()
    assert {"--unlabeled_share=0.5", f"--unlabeled_data={others}"} <= set(lines)
    seen = [line.get("seen_as") for line in read_json_lines(run_dir / "trained_on.jsonl")]
    assert (seen.count(None), seen.count("unlabeled")) == (1797, 30)
    made = ["--images_per_class=2", f"--dest={tmp_path / 'images'}", f"--run_dir={run_dir}"]
    command(*made, module=generate)
    assert len(list((tmp_path / "images").rglob("*.png"))) == 20


@pytest.mark.parametrize(
    ("flags", "error", "message"),
    [
        (
            ["--gan=cdcgan"],
            UsageError,
            "--unlabeled_data is for a --gan that learns without labels too, not cdcgan; .* or use",
        ),
        (["--gan=cyclegan", "--domains=1,2"], UsageError, "learns without labels too, not cyclega"),
        (["--gan=projection_gan", "--unlabeled_data=nowhere"], InputError, "nowhere"),
    ],
)
def test_what_does_not_work_is_refused(others, tmp_path, flags, error, message):
    with pytest.raises(error, match=message):
        command(*arguments(others, tmp_path / "run"), *flags, module=train)
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_classifier_of_pseudo_labels_needs_one_device():
    flags = ["--data=x", "--unlabeled_data=y", "--pseudo_label_threshold=0.9", "--steps=1"]
    values = cli.parse(train.define_flags(), flags)
    train._require_compatible(values, num_replicas=1, num_workers=1)
    with pytest.raises(UsageError, match="--pseudo_label_threshold trains a classifier, which n"):
        train._require_compatible(values, num_replicas=2, num_workers=1)


def test_a_threshold_is_for_images_without_labels(tmp_path):
    given = ["--data=sklearn:digits", f"--run_dir={tmp_path / 'run'}", *SMALL]
    with pytest.raises(UsageError, match="--pseudo_label_threshold is for --unlabeled_data; add i"):
        command(*given, "--pseudo_label_threshold=0.9", module=train)


def test_the_family_that_auto_chooses_takes_images_without_labels(others, tmp_path, capsys):
    assert all(GANS[rule.value].takes_unlabeled for rule in RULES if rule.flag == "gan")
    given = arguments(others, tmp_path / "run", "--gan=auto", "--dry_run")
    assert command(*given, module=train) == 0
    assert "--gan=projection_gan\n" in capsys.readouterr().out


def test_the_help_names_the_families():
    values = cli.parse(train.define_flags(), ["--data=x"])
    assert "for --gan=projection_gan" in values["unlabeled_data"].help
