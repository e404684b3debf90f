"""``--gan=auto``: what is chosen for which data."""

import doctest
import re
from dataclasses import replace
from pathlib import Path

import pytest
from small_families import small_config

from data_tools.command_line import flag_lines
from gan_tf import cli, train
from gan_tf.gans import GANS
from gan_tf.runs.choices import auto_gan
from gan_tf.runs.choices.auto_gan import RULES, as_text, rules_for
from gan_tf.runs.data.card import DataCard
from gan_tf.runs.train_state import build_train_state

PAGE = Path(__file__).parents[4] / "docs" / "choices.md"


def card(*class_counts, shape):
    names = tuple(f"c{index}" for index in range(len(class_counts)))
    return DataCard("pictures", names, class_counts, shape, "0" * 64)


FEW = {"diff_augment": ("translation", "cutout")}
FEW_IN_COLOR = {"diff_augment": ("translation", "cutout", "color"), "mirror": True}


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        (card(6000, 6000, shape=(28, 28, 1)), {"latent_dim": 32}),
        # The smallest class counts.
        (card(6000, 1000, shape=(28, 28, 1)), {"latent_dim": 32}),
        (card(6000, 999, shape=(28, 28, 1)), {"latent_dim": 32} | FEW),
        (card(1000, shape=(32, 32, 3)), {"latent_dim": 32, "mirror": True}),
        (card(900, shape=(32, 32, 3)), {"latent_dim": 32} | FEW_IN_COLOR),
        # The longer edge counts.
        (card(40, 90, shape=(32, 33, 3)), {"latent_dim": 64} | FEW_IN_COLOR),
        (card(40, 90, shape=(64, 64, 1)), {"latent_dim": 64} | FEW),
        (card(40, 90, shape=(65, 64, 3)), {"latent_dim": 128} | FEW_IN_COLOR),
    ],
)
def test_what_is_chosen(data, flags):
    chosen = {rule.flag: rule.value for rule in rules_for(data)}
    assert chosen == {"gan": "projection_gan"} | flags


def test_every_data_has_a_family_and_a_latent_dimension():
    for shape in ((31, 999, 1), (8, 8, 3)):
        first, second, *_ = rules_for(card(1, 2, 3, shape=shape))
        assert (first.flag, second.flag) == ("gan", "latent_dim")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.flag}={rule.value}")
def test_what_is_chosen_can_be_pasted(rule):
    values = cli.parse(train.define_flags(), flag_lines({rule.flag: rule.value}))
    assert values[rule.flag].value == rule.value
    if rule.flag == "gan":
        assert not GANS[rule.value].translates


@pytest.mark.parametrize("shape", [(28, 28, 1), (40, 32, 3), (66, 66, 3)])
@pytest.mark.parametrize("class_counts", [(9,), (9, 9)])
def test_the_chosen_family_takes_the_images(class_counts, shape):
    data = card(*class_counts, shape=shape)
    options = {rule.flag: rule.value for rule in rules_for(data)}
    train_state = build_train_state(replace(small_config("cdcgan"), **options), data)
    assert train_state.family.networks["generator"].output_shape == (None, *shape)


def test_the_choice_is_explained():
    data = card(40, 90, shape=(32, 32, 3))
    assert as_text(data, rules_for(data)) == (
        "--gan=auto for pictures: 2 classes of 40 to 90 images, 32x32 pixels with 3 channels\n"
        "  --gan=projection_gan: images with labels, or of one class\n"
        "  --latent_dim=32: edges up to 32 pixels\n"
        "  --diff_augment=translation,cutout,color: a class under 1,000 images, 3 channels\n"
        "  --mirror: 3 channels\n"
        "  chosen: --gan=projection_gan --latent_dim=32 --diff_augment=translation,cutout,color "
        "--mirror"
    )
    single = card(40, shape=(28, 30, 1))
    assert as_text(single, rules_for(single)).splitlines()[0] == (
        "--gan=auto for pictures: 1 class of 40 images, 30x28 pixels with 1 channel"
    )


def test_the_page_has_every_rule():
    section = PAGE.read_text(encoding="utf-8").partition("## `--gan=auto`")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| `(--.+)` \|$", section, re.MULTILINE)
    assert rows == [(rule.data, *flag_lines({rule.flag: rule.value})) for rule in RULES]


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(auto_gan).failed == 0
