"""The flagfiles of [Baker2018] against its tables."""

import pytest
from flagfiles import EXPERIMENTS, TRAININGS, header, parsed, stages_of, training_flags

# [Baker2018], table 5.5: training examples, epochs, batch size.
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
    assert parsed(stages["synthetic"]).images_per_class == size * 100
    study = parsed(stages["study"])
    assert study.arms == ("real", "synthetic", "mixed")
    assert (study.classifier, study.budget, study.epochs) == ("lenet", "epochs", 500)


@pytest.mark.parametrize("data", ["mnist", "fashion_mnist"])
def test_the_controlled_studies_share_the_gan_and_images_of_table_5_7(data):
    stages, printed = stages_of(f"{data}_study_30k"), stages_of(f"{data}_lenet_30k")
    assert {name: stages[name] for name in printed if name != "study"} == {
        name: stage for name, stage in printed.items() if name != "study"
    }
    study = parsed(stages["controlled_study"])
    controls = ("augmented", "oversampled", "class_weighted")
    assert study.arms == ("real", "synthetic", "mixed", *controls)
    assert (study.classifier, study.budget, study.seeds) == ("lenet", "steps", 5)


def test_every_gan_of_baker_is_trained_as_section_5_4_says():
    names = [n for n in [*TRAININGS, *EXPERIMENTS] if "[Baker2018]" in header(n)["Source"]]
    assert len(names) > 30
    for values in (one for name in names for one in training_flags(name)):
        assert (values.learning_rate, values.beta1, values.latent_dim) == (2e-4, 0.5, 100)
        assert (values.discriminator_steps, values.generator_steps) == (1, 2)
        assert values.loss == "non_saturating" and not values.discriminator_learning_rate
