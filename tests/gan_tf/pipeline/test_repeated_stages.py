"""Stages that are repeated over values."""

from pathlib import Path

from small_experiment import executed, run

from gan_tf.pipeline.stages import parse_stages

# Two stages `gan`, one set of images of each, and a study of all sets.
REPEATED = (
    "--name=r",
    "--let=seed=1,2",
    "--stage=gan[seed]: parts --text=gan{seed} --write={gan}",
    "--stage=images[seed]: parts --read={gan} --text=+images{seed} --write={images}",
    "--stage=study: parts --text=seeds={seed} --read={images} --write={study}",
)


def test_a_repeated_stage_is_executed_for_each_value_and_read_by_that_of_the_same_value():
    assert run(*REPEATED, "--only=gan_1,gan_2,images_1,images_2") == 0
    assert executed() == ["gan1", "gan2", "+images1", "+images2"]
    assert Path("runs/r/images_2").read_text() == "gan2+images2"
    # One more value adds its own stages only.
    run(*REPEATED, "--let=seed=1,2,3", "--only=gan_1,gan_2,gan_3,images_1,images_2,images_3")
    assert executed() == ["gan3", "+images3"]


def test_a_word_with_the_name_of_a_repeated_stage_is_repeated(folder):
    *_, study = parse_stages(
        [line.removeprefix("--stage=") for line in REPEATED[2:]], ["seed=1,2"], folder, list
    )
    assert study.arguments == (
        "--text=seeds=1,2",
        f"--read={folder}/images_1",
        f"--read={folder}/images_2",
        f"--write={folder}/study",
    )
    assert study.flags[1:3] == ("--read={images_1}", "--read={images_2}")
    assert study.needs == ("images_1", "images_2")


def test_stages_repeated_over_different_values_read_all_of_each_other(folder):
    lines = ["a[x]: parts {x} {a}", "b[y]: parts {y} {a} {b}"]
    stages = parse_stages(lines, ["x=0.5,1", "y=c,d"], folder, list)
    assert [stage.name for stage in stages] == ["a_0.5", "a_1", "b_c", "b_d"]
    inputs = (f"{folder}/a_0.5", f"{folder}/a_1")
    assert stages[3].arguments == ("d", *inputs, f"{folder}/b_d")
