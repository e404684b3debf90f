"""Every flagfile: its header, its flags, and training of its networks."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from absl import flags
from flagfiles import (
    EXPERIMENTS,
    FOLDER,
    NAMES,
    TRAININGS,
    edge_of,
    header,
    module_of,
    parsed,
    stages_of,
    training_flags,
)

from data_tools import command_line
from data_tools.__main__ import main as data_tools_main
from data_tools.options import options_from
from gan_tf.gans import GANS

NESTED = "none of its own"


@pytest.mark.parametrize("name", NAMES)
def test_the_header_has_its_four_parts(name):
    parts = header(name)
    assert list(parts) == ["Source", "Command", "Cost", "Result"]
    assert all(len(text) > 10 for text in parts.values())
    if not parts["Command"].startswith(NESTED):
        command = f"python -m gan_tf.{module_of(name)} --flagfile=experiments/{name}.flags"
        assert parts["Command"] == command


@pytest.mark.parametrize("name", NAMES)
def test_a_flagfile_without_a_command_is_named_by_another(name):
    line = f"--flagfile=experiments/{name}.flags"
    users = [user for user in NAMES if line in (FOLDER / f"{user}.flags").read_text()]
    assert users or not header(name)["Command"].startswith(NESTED)


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_says_all_that_train_needs(name):
    (values,) = training_flags(name)
    assert values.data and values.run_dir and bool(values.steps) != bool(values.epochs)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_stage_has_flags_that_its_command_knows(name, capsys, tmp_path, monkeypatch):
    # Outputs of an experiment that was run here must not be in the way.
    monkeypatch.chdir(tmp_path)
    for stage in stages_of(name).values():
        if stage.module == "data_tools":
            # 1 because the data is missing; an unknown flag would exit with 2.
            words = [re.sub("^--data_dir=.*", "--data_dir=nowhere", w) for w in stage.arguments]
            assert data_tools_main(words) == 1
            assert "nowhere" in capsys.readouterr().err
        else:
            values = parsed(stage)
            assert stage.output in [Path(str(values[flag].value)) for flag in values]


class Network(NamedTuple):
    """What distinguishes the networks of two GANs."""

    gan: str
    width: float
    image_shape: tuple[int, int, int]


def networks() -> dict[Network, flags.FlagValues]:
    """Return the flags of one GAN for each network of [Baker2018] and of each other family.

    The others differ only in size, and the largest take minutes per step.
    """
    found: dict[Network, flags.FlagValues] = {}
    for name in [*TRAININGS, *EXPERIMENTS]:
        stages = stages_of(name) if name in EXPERIMENTS else {}
        trainings = [one for one in stages.values() if one.module == "gan_tf.train"] or [None]
        for training, values in zip(trainings, training_flags(name), strict=True):
            edge = training and edge_of(training, stages)
            shape = (edge, edge, 3) if edge else (28, 28, 1)
            network = Network(values.gan, values.width, shape)
            known = [one for one in found if one.gan == network.gan]
            if values.gan in BAKER_2018 or not known:
                found.setdefault(network, values)
    return found


BAKER_2018 = ("cdcgan", "dcgan")
#: To which width the full-sized networks of the other sources are scaled.
NARROW = 0.05


def test_every_family_has_networks_in_flagfiles():
    assert {network.gan for network in networks()} == set(GANS)
    assert len(networks()) == 9


@pytest.mark.parametrize(
    "gan", [x if x in BAKER_2018 else pytest.param(x, marks=pytest.mark.soak) for x in GANS]
)
def test_every_network_trains_for_a_step_at_batch_2(gan):
    from gan_tf.runs.config import TrainConfig
    from gan_tf.runs.data.card import DataCard
    from gan_tf.runs.train_state import build_train_state
    from gan_tf.training.loop import run_phase
    from gan_tf.training.processes.devices import fast_precision

    for network, values in networks().items():
        if network.gan != gan:
            continue
        command_line.set_defaults(values, GANS[network.gan].defaults)
        config = options_from(values, TrainConfig, steps=1)
        precision = fast_precision() if config.precision == "auto" else config.precision
        is_large = network.image_shape[0] >= 64 and network.gan not in BAKER_2018
        config = replace(
            config,
            batch_size=2,
            precision=precision,
            width=NARROW if is_large else config.width,
        )
        classes = tuple("0123456789")
        if GANS[network.gan].translates:
            classes = ("first", "second")
        card = DataCard("noise", classes, (1,) * len(classes), network.image_shape, "")
        train_state = build_train_state(config, card)
        before = kernels_of(train_state)
        batch = noise_batch(network)
        assert run_phase(train_state.phase, itertools.repeat(batch), seed=1) == 1
        after = kernels_of(train_state)
        assert all(np.isfinite(weights).all() for weights in after)
        assert all((old != new).any() for old, new in zip(before, after, strict=True))


def noise_batch(network: Network) -> dict[str, np.ndarray]:
    """Return a batch of two images of noise, in the form that the family expects."""
    images = np.random.default_rng(1).integers(0, 256, (2, *network.image_shape), np.uint8)
    if GANS[network.gan].translates:
        return {"image_a": images, "image_b": images[::-1].copy()}
    return {"image": images, "label": np.array([3, 7], np.int32)}


def kernels_of(train_state) -> list[np.ndarray]:
    """Return all weights of both networks but biases, whose gradient before a batch norm is 0."""
    return [
        variable.numpy()
        for network in train_state.family.networks.values()
        for variable in network.trainable_variables
        if variable.ndim > 1
    ]
