"""Every flagfile: its header, that its flags are real ones, and what it says of its source."""

import importlib
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from absl import flags

from data_tools.__main__ import main as data_tools_main
from gan_tf import cli, experiment, train
from gan_tf.gans import GANS, OWN_DEFAULTS, TRANSLATORS
from gan_tf.study.arms import ARMS
from gan_tf.study.stages import Stage, stages_from

FOLDER = Path(__file__).parents[1] / "experiments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.flags"))
NESTED = "none of its own"
WORK_DIR = Path("runs")


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    monkeypatch.chdir(FOLDER.parent)


def header(name: str) -> dict[str, str]:
    """The parts of the comment that a flagfile opens with, by name, in their order."""
    parts: dict[str, str] = {}
    for line in (FOLDER / f"{name}.flags").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return parts
        if found := re.match(r"# (\w+): (.*)", line):
            parts[found[1]] = found[2]
        else:
            parts[[*parts][-1]] += " " + line.lstrip("# ")
    return parts


def module_of(name: str) -> str | None:
    """The command that a flagfile is for; None for one that others name."""
    found = re.match(r"python -m gan_tf\.(\w+) ", header(name)["Command"])
    return found and found[1]


EXPERIMENTS = [name for name in NAMES if module_of(name) == "experiment"]
TRAININGS = [name for name in NAMES if module_of(name) == "train"]


def stages_of(name: str) -> dict[str, Stage]:
    arguments = [f"--flagfile=experiments/{name}.flags"]
    values = cli.parse(experiment.define_flags(), arguments)
    assert values.name
    found = stages_from(values.stage, values.let, WORK_DIR / values.name, cli.expanded)
    return {stage.name: stage for stage in found}


def parsed(stage: Stage) -> flags.FlagValues:
    """The flags of a stage, read by the command that it starts."""
    command = importlib.import_module(stage.module)
    return cli.parse(command.define_flags(), stage.arguments)


def training_flags(name: str) -> list[flags.FlagValues]:
    """The flags of every GAN that a flagfile trains."""
    if name in TRAININGS:
        return [cli.parse(train.define_flags(), [f"--flagfile=experiments/{name}.flags"])]
    return [parsed(stage) for stage in stages_of(name).values() if stage.module == "gan_tf.train"]


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
            # 1 for data that is not there; a flag that convert does not have would exit with 2.
            words = [re.sub("^--data_dir=.*", "--data_dir=nowhere", w) for w in stage.arguments]
            assert data_tools_main(words) == 1
            assert "nowhere" in capsys.readouterr().err
        else:
            values = parsed(stage)
            assert stage.output in [Path(str(values[flag].value)) for flag in values]


# "Generation of Synthetic Images ...", table 5.5: training examples, epochs, batch size.
TABLE_5_5 = {
    "a": (10_000, 25, 64),
    "b": (10_000, 100, 64),
    "c": (10_000, 100, 100),
    "d": (20_000, 25, 64),
    "e": (20_000, 100, 64),
    "f": (20_000, 100, 100),
    "g": (30_000, 25, 64),
    "h": (30_000, 100, 64),
    "i": (30_000, 100, 100),
    "j": (60_000, 25, 64),
    "k": (60_000, 100, 64),
    "l": (60_000, 100, 100),
}


@pytest.mark.parametrize("data", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("phase", TABLE_5_5)
def test_the_phases_are_those_of_table_5_5(data, phase):
    stages = stages_of(f"{data}_phase_{phase}")
    assert f"--data_dir={data}" in stages["images"].arguments
    num_examples, epochs, batch_size = TABLE_5_5[phase]
    if num_examples == 60_000:  # the whole training set: nothing is cut off
        assert "slice" not in stages
    else:
        assert f"--size={num_examples // 10}" in stages["slice"].arguments
    values = parsed(stages["gan"])
    assert (values.gan, values.epochs, values.batch_size) == ("cdcgan", epochs, batch_size)
    assert (
        f"{-(-epochs * num_examples // batch_size):,} steps"
        in header(f"{data}_phase_{phase}")["Cost"]
    )


# Table 5.6: edge, epochs, batch size.
TABLE_5_6 = [(64, 500, 64), (64, 1000, 64), (64, 500, 128), (64, 1000, 128), (128, 500, 64)]
TABLE_5_6 += [(128, 1000, 64)]


@pytest.mark.parametrize("edge, epochs, batch_size", TABLE_5_6)
def test_the_flower_phases_are_those_of_table_5_6(edge, epochs, batch_size):
    stages = stages_of(f"flowers_{edge}px_e{epochs}_b{batch_size}")
    assert {f"--height={edge}", f"--width={edge}"} <= set(stages["images"].arguments)
    values = parsed(stages["gan"])
    assert (values.gan, values.epochs, values.batch_size) == ("dcgan", epochs, batch_size)


# Table 5.7: 30k images with phase H, 60k with phase K; real, synthetic and both; 500 epochs.
@pytest.mark.parametrize("data", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("size, phase", [(30, "h"), (60, "k")])
def test_the_accuracy_experiments_are_those_of_table_5_7(data, size, phase):
    stages = stages_of(f"{data}_lenet_{size}k")
    assert stages["gan"] == stages_of(f"{data}_phase_{phase}")["gan"]
    assert parsed(stages["synthetic"]).num_per_class == size * 100
    study = parsed(stages["study"])
    assert study.arms == ["real", "synthetic", "mixed"]
    assert (study.classifier, study.budget, study.epochs) == ("lenet", "epochs", 500)


@pytest.mark.parametrize("data", ["mnist", "fashion_mnist"])
def test_the_controlled_studies_share_the_gan_and_images_of_table_5_7(data):
    stages, printed = stages_of(f"{data}_study_30k"), stages_of(f"{data}_lenet_30k")
    assert {name: stages[name] for name in printed if name != "study"} == {
        name: stage for name, stage in printed.items() if name != "study"
    }
    study = parsed(stages["controlled_study"])
    assert study.arms == [*ARMS]
    assert (study.classifier, study.budget, study.seeds) == ("lenet", "steps", 5)


def test_every_gan_of_document_b_is_trained_as_section_5_4_says():
    document = '"Generation of Synthetic Images with Generative Adversarial Networks"'
    names = [n for n in [*TRAININGS, *EXPERIMENTS] if document in header(n)["Source"]]
    assert len(names) > 30
    for values in (one for name in names for one in training_flags(name)):
        assert (values.learning_rate, values.beta1, values.latent_dim) == (2e-4, 0.5, 100)
        assert (values.discriminator_steps, values.generator_steps) == (1, 2)
        assert values.loss == "non_saturating" and not values.discriminator_learning_rate


class Network(NamedTuple):
    """What tells the networks of two trainings apart."""

    gan: str
    width: float
    image_shape: tuple[int, int, int]


def networks() -> dict[Network, flags.FlagValues]:
    """The flags of one training for each network of document B and of each other family.

    Those differ between flagfiles in size alone, and the largest take minutes for a step.
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
            if values.gan in DOCUMENT_B or not known:
                found.setdefault(network, values)
    return found


def edge_of(stage: Stage, stages: dict[str, Stage]) -> int | None:
    """The height to which the stages before this one have brought its images."""
    for word in stage.arguments:
        if word.startswith("--height="):
            return int(word.partition("=")[2])
    edges = [edge_of(stages[need], stages) for need in stage.needs]
    return next((edge for edge in edges if edge), None)


DOCUMENT_B = ("cdcgan", "dcgan")
#: To which width the full-sized networks of the other documents are brought.
NARROW = 0.05


def test_every_family_has_networks_in_flagfiles():
    assert {network.gan for network in networks()} == set(GANS)
    assert len(networks()) == 8


@pytest.mark.parametrize(
    "gan", [x if x in DOCUMENT_B else pytest.param(x, marks=pytest.mark.soak) for x in GANS]
)
def test_every_network_trains_for_a_step_at_batch_2(gan):
    from gan_tf.runs.recipe import DataCard, Recipe, build_model
    from gan_tf.training.devices import fast_precision
    from gan_tf.training.loop import run_phase

    for network, values in networks().items():
        if network.gan != gan:
            continue
        cli.set_defaults(values, OWN_DEFAULTS.get(network.gan, {}))
        chosen = cli.resolved(values)
        recipe = Recipe(**{field: chosen[field] for field in Recipe._fields})
        precision = fast_precision() if recipe.precision == "auto" else recipe.precision
        is_large = network.image_shape[0] >= 64 and network.gan not in DOCUMENT_B
        recipe = recipe._replace(
            steps=1,
            batch_size=2,
            precision=precision,
            width=NARROW if is_large else recipe.width,
        )
        classes = tuple("0123456789")
        if network.gan in TRANSLATORS:
            classes = ("first", "second")
        card = DataCard("noise", classes, (1,) * len(classes), network.image_shape, "")
        model = build_model(recipe, card)
        before = kernels_of(model)
        batch = noise_batch(network)
        assert run_phase(model.phase, lambda _, batch=batch: batch, seed=1) == 1
        after = kernels_of(model)
        assert all(np.isfinite(weights).all() for weights in after)
        assert all((old != new).any() for old, new in zip(before, after, strict=True))


def noise_batch(network: Network) -> dict[str, np.ndarray]:
    """A batch of two images of noise, in the form that the family takes."""
    images = np.random.default_rng(1).integers(0, 256, (2, *network.image_shape), np.uint8)
    if network.gan in TRANSLATORS:
        return {"image_a": images, "image_b": images[::-1].copy()}
    return {"image": images, "label": np.array([3, 7], np.int32)}


def kernels_of(model) -> list[np.ndarray]:
    """Every weight of both networks but biases, whose gradient before a batch norm is zero."""
    return [
        variable.numpy()
        for network in model.family.networks.values()
        for variable in network.trainable_variables
        if variable.ndim > 1
    ]
