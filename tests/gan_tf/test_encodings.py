"""Every command in an ASCII terminal, with labels and paths that are not even UTF-8."""

import json
import os
import subprocess
import sys

import pytest
from image_folders import random_image

from data_tools.__main__ import COMMANDS as DATA_COMMANDS
from data_tools.formats.images import encode_png
from gan_tf.__main__ import COMMANDS

# A folder name as a zip file from an old Windows has it, and one in UTF-8.
LATIN_1, UTF_8 = os.fsdecode(b"caf\xe9"), "\xe4"
TRAIN = ["--steps=1", "--width=0.02", "--batch_size=4"]
EVALUATE = ["--data=d", "--synthetic=k\xfcnstlich", "--test_data=t", "--steps=2", "--workers=1"]
LINES = [
    ["data_tools", "inspect", "d", "--dest=\xfcberblick"],
    ["data_tools", "convert", "--op=invert_images", "--data_dir=d", f"--dest={LATIN_1}"],
    ["data_tools", "verify", LATIN_1],
    ["gan_tf.train", "--data=d", "--run_dir=l\xe4uft", "--metrics=frechet_pixels", *TRAIN],
    ["gan_tf.train", f"--data={LATIN_1}", "--run_dir=stream", "--input=stream", *TRAIN],
    ["gan_tf.train", "--gan=cyclegan", f"--domains={LATIN_1},{UTF_8}", "--data=d"]
    + ["--run_dir=\xfcbersetzer", "--residual_blocks=1", *TRAIN],
    ["gan_tf.translate", "--run_dir=\xfcbersetzer", "--direction=a_to_b", "--data=d"]
    + [f"--classes={LATIN_1}", "--dest=\xfcbersetzt"],
    ["gan_tf.generate", "--run_dir=l\xe4uft", "--images_per_class=8", "--dest=k\xfcnstlich"],
    ["gan_tf.embed", "--data=d", "--synthetic=k\xfcnstlich", "--dest=k\xe4rte"],
    ["gan_tf.filter", "--data=d", "--share=0.5", "--classifier=lenet", "--steps=2"]
    + ["--dest=gefiltert\xfc"],
    ["gan_tf.experiment", "--name=ex", "--work_dir=\xe4rbeit"]
    + ["--stage=inv: data_tools convert --op=invert_images --data_dir=d --dest={inv}"],
]
# In a process of its own, because it uses a single thread.
STUDY_LINES = [
    ["gan_tf.evaluate", *EVALUATE, "--seeds=2", "--arms=real,mixed", "--dest=st\xfcdie"],
    ["gan_tf.compare", "--study=st\xfcdie", "--dest=vergl\xe4ich"],
]
# Runs the commands of standard input in one process, which imports TensorFlow once.
PROGRAM = """
import importlib, json, sys
from data_tools import __main__ as data_tools, command_line
command_line.prepare_process()
for module, *arguments in json.load(sys.stdin):
    if module == "data_tools":
        code = data_tools.main(arguments)
    else:
        command = importlib.import_module(module)
        code = command_line.exit_code(command.define_flags, command.main, "", arguments)
    print("ended", code, module, flush=True)
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Return the folder in which all commands ran, and what they printed."""
    folder = tmp_path_factory.mktemp("encodings")
    for root in ("d", "t"):
        for label in (LATIN_1, UTF_8):
            (folder / root / label).mkdir(parents=True)
            for number in range(12):
                # The test images are others than the training images.
                image = random_image(
                    number + 100 * (root == "t") + 1000 * (label == UTF_8), 28, 28, 1
                )
                name = os.fsdecode(b"\xff%d.png" % number)
                (folder / root / label / name).write_bytes(encode_png(image))
    out = err = ""
    for lines in (LINES, STUDY_LINES):
        process = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
            input=json.dumps(lines).encode(),
            capture_output=True,
        )
        out += process.stdout.decode("ascii")
        err += process.stderr.decode("ascii")
    return folder, out, err


def test_every_command_is_run():
    lines = LINES + STUDY_LINES
    data_commands = {line[1] for line in lines if line[0] == "data_tools"}
    commands = {line[0].removeprefix("gan_tf.") for line in lines} - {"data_tools"}
    assert (data_commands, commands) == (set(DATA_COMMANDS), set(COMMANDS))


def test_every_command_succeeds(outcome):
    _, out, err = outcome
    ended = [line.split()[1:] for line in out.splitlines() if line.startswith("ended")]
    assert ended == [["0", line[0]] for line in LINES + STUDY_LINES], err
    # Nothing but cautions about small classes.
    assert {line.partition(":")[0] for line in err.splitlines()} <= {"warning"}


def test_what_ascii_lacks_is_printed_with_escapes(outcome):
    _, out, err = outcome
    assert r"l\xe4uft: trained from step 0 to 1" in out
    assert r"24 images of 2 classes (all 24) in caf\udce9" in out
    assert r"fewer than 100 images of 'caf\udce9' (12), '\xe4' (12)" in err


def test_labels_and_files_keep_their_names(outcome):
    folder, _, _ = outcome
    assert sorted(os.listdir(os.fsencode(folder / LATIN_1 / LATIN_1)))[0] == b"\xff0.png"
    assert {os.fsencode(path.parent.name) for path in (folder / "k\xfcnstlich").rglob("*.png")} == {
        b"caf\xe9",
        "\xe4".encode(),
    }


def test_documents_are_utf_8_with_escapes(outcome):
    folder, _, _ = outcome
    for document in ("st\xfcdie/report.html", "st\xfcdie/classes.csv"):
        text = (folder / document).read_text(encoding="utf-8")
        assert r"caf\udce9" in text and "\xe4" in text
