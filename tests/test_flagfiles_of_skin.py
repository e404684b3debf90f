"""The skin-lesion flagfiles against the tables and text of their sources."""

import math

import pytest
from flagfiles import edge_of, flags_of, header, parsed, stages_of

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.design.amounts import parse_amount
from gan_tf.study.design.cells import cells, real_slices

LABELS_OF_FOSSEN = ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC"]
# The 25,331 images of ISIC-2019 split 80/10/10 without dividing a lesion
# (docs/decisions/data.md).
NUM_TRAINING_IMAGES = 20_258


def num_classifiers(name: str, prefix: str = "") -> int:
    """Return the number of classifiers in a flagfile's studies whose stages have a prefix."""
    total = 0
    for values in flags_of(name, "evaluate", prefix).values():
        amounts = [
            parse_amount(text, values.synthetic_classes)
            for text in values.synthetic_images_per_class
        ]
        total += values.seeds * len(cells(values.arms, amounts, real_slices([])))
    return total


# [Segura2019], results: 20 epochs of batch 100 at 64 pixels, margin 0.1; at 128 it has 10 epochs.
@pytest.mark.parametrize("edge", [64, 128])
def test_the_training_and_maps_of_segura(edge):
    stages = stages_of("isic2017_a")
    gan = parsed(stages[f"gan_{edge}"])
    assert edge_of(stages[f"gan_{edge}"], stages) == edge
    assert (gan.gan, gan.epochs, gan.batch_size, gan.margin) == (
        *("upsampling_dcgan", 20, 100),
        0.1,
    )
    for way in ("pca", "tsne"):
        drawn = parsed(stages[f"map_{way}_{edge}"])
        assert drawn.projection == way
        # "25 generated images and the rest are real ones", of 1000.
        assert (drawn.num, drawn.synthetic_images_per_class) == (975, 25)


# [Fossen2020], table 6.1, with no lesion divided, and table 6.2: 128 pixels, rows of five amounts.
AMOUNTS_6_2 = [250, 500, 1000, 2000, 3000]


def test_the_amounts_are_those_of_table_6_2():
    stages = stages_of("isic2019_cyclegan_refine")
    assert stages_of("isic2019_acgan").items() <= stages.items()
    assert "--fractions=0.8,0.1,0.1" in stages["split"].arguments
    acgan = parsed(stages["acgan"])
    assert (acgan.gan, edge_of(stages["acgan"], stages)) == ("acgan", 128)
    assert (acgan.discriminator_steps, acgan.generator_steps) == (3, 1)
    assert parsed(stages["generated"]).images_per_class == max(AMOUNTS_6_2)
    for name in ("acgan_study", "refined_study"):
        study = parsed(stages[name])
        assert list(study.synthetic_images_per_class) == [str(amount) for amount in AMOUNTS_6_2]
        assert study.classifier == "resnet50" and study.weights == "imagenet"
        # Images are added to each of the eight classes.
        assert list(study.synthetic_classes) == [] and {"real", "mixed"} <= set(study.arms)
        assert edge_of(stages[name], stages) == 128
    refiners = flags_of("isic2019_cyclegan_refine", "train", "refiner")
    assert [values.domains for values in refiners.values()] == [
        f"{x},{x}" for x in LABELS_OF_FOSSEN
    ]
    for name, values in refiners.items():
        assert values.gan == "cyclegan" and edge_of(stages[name], stages) == 256
    table = parsed(stages["table_6_2"])
    assert table.study == ["runs/isic2019/acgan_study", "runs/isic2019/refined_study"]
    assert table.classes == []


# [Fossen2020], table 7.2: four alphas, eight amounts of melanomas.
ALPHAS_7_2 = ["0.125", "0.25", "0.5", "1"]
AMOUNTS_7_2 = [500, 1000, 2000, 3000, 4000, 5000, 6000, 7000]


def test_alphas_and_amounts_are_those_of_table_7_2():
    stages = stages_of("isic2019_nevus_to_melanoma")
    assert "--fractions=0.8,0.1,0.1" in stages["split"].arguments
    # One classifier of all real images ranks the melanomas for every alpha.
    confident = parsed(stages["confident"])
    assert (confident.shares, confident.classes) == (ALPHAS_7_2, ["MEL"])
    for alpha in ALPHAS_7_2:
        translator = parsed(stages[f"translator_{alpha}"])
        assert translator.data == f"runs/isic2019/confident/{alpha}"
        assert (translator.gan, translator.domains) == ("cyclegan", "NV,MEL")
        assert edge_of(stages[f"translator_{alpha}"], stages) == 256
        # The same nevi for every alpha.
        melanomas = parsed(stages[f"melanomas_large_{alpha}"])
        assert (melanomas.classes, melanomas.num, melanomas.seed) == (["NV"], max(AMOUNTS_7_2), 1)
        study = parsed(stages[f"nevus_study_{alpha}"])
        assert list(study.synthetic_images_per_class) == [str(amount) for amount in AMOUNTS_7_2]
        assert list(study.synthetic_classes) == ["MEL"] and study.classifier == "resnet50"
        assert edge_of(stages[f"nevus_study_{alpha}"], stages) == 128
    table = parsed(stages["table_7_2"])
    assert table.study == [f"runs/isic2019/nevus_study_{alpha}" for alpha in ALPHAS_7_2]
    assert table.classes == ["MEL"]


def test_the_training_of_wolyniec():
    stages = stages_of("isic2019_ak")
    assert "--fractions=0.8,0.2" in stages["split"].arguments
    assert "--keep=AK" in stages["keratoses"].arguments
    gan = parsed(stages["gan"])
    assert (gan.gan, edge_of(stages["gan"], stages)) == ("upsampling_gan", 64)
    assert (gan.epochs, gan.batch_size, gan.learning_rate) == (1000, 32, 1.5e-4)
    assert parsed(stages["generated"]).images_per_class == 80
    study = parsed(stages["study"])
    assert study.classifier == "resnet50_frozen"
    # 25 epochs of 250 steps of 24 images.
    assert (study.steps, study.batch_size) == (25 * 250, 24)


def test_the_small_version_of_fossen_has_its_two_tables():
    stages = stages_of("ham10000_small")
    assert parsed(stages["table_6_2"]).study == [
        "runs/ham10000_small/acgan_study",
        "runs/ham10000_small/refined_study",
    ]
    assert parsed(stages["table_7_2"]).study == [
        "runs/ham10000_small/nevus_study_0.25",
        "runs/ham10000_small/nevus_study_1",
    ]
    assert parsed(stages["table_7_2"]).classes == ["mel"]


# Steps are epochs x images / batch, rounded up; ISIC-2017 has 2,000 training images.
@pytest.mark.parametrize(
    "name, prefix, num_images, expected",
    [
        ("isic2017_a", "gan_64", 2_000, 400),
        ("isic2019_acgan", "acgan", NUM_TRAINING_IMAGES, 31_654),
        ("isic2019_cyclegan_refine", "refiner", None, 8 * 20_000),
        ("isic2019_nevus_to_melanoma", "translator", None, 4 * 100_000),
        ("ham10000_small", "acgan", None, 3_000),
    ],
)
def test_the_cost_names_the_steps_of_the_gans(name, prefix, num_images, expected):
    assert expected == sum(
        values.steps or math.ceil(values.epochs * num_images / values.batch_size)
        for values in flags_of(name, "train", prefix).values()
    )
    assert f"{expected:,} steps" in header(name)["Cost"]


# Classifiers are seeds x arms, an arm with synthetic images once for each amount.
@pytest.mark.parametrize(
    "name, prefix, expected, words",
    [
        ("isic2019_acgan", "", 5 * (1 + 5 + 1 + 5 + 1), "{} ResNet-50 classifiers"),
        ("isic2019_cyclegan_refine", "refined", 5 * (1 + 5), "{} ResNet-50 classifiers"),
        (
            "isic2019_nevus_to_melanoma",
            "",
            4 * 5 * (1 + 8),
            "{} ResNet-50 classifiers for the studies",
        ),
        ("isic2019_ak", "", 5 * 4, "{} ResNet-50 classifiers"),
        ("ham10000_small", "", 3 * (7 + 3 + 2 * 3), "{} classifiers"),
    ],
)
def test_the_cost_names_the_classifiers_of_the_studies(name, prefix, expected, words):
    assert num_classifiers(name, prefix) == expected
    assert words.format(expected) in header(name)["Cost"]


# By default, all classifiers train for ten epochs of the largest arm in batches of 64.
@pytest.mark.parametrize(
    "name, prefix, num_classifiers, num_added, expected",
    [
        # 44,258 images are 6,916 steps.
        ("isic2019_acgan", "", 65, 8 * 3000, 449_540),
        ("isic2019_cyclegan_refine", "refined", 30, 8 * 3000, 207_480),
        # 27,258 images are 4,260 steps.
        ("isic2019_nevus_to_melanoma", "", 180, 7000, 766_800),
    ],
)
def test_the_cost_names_the_steps_of_the_classifiers(
    name, prefix, num_classifiers, num_added, expected
):
    studies = flags_of(name, "evaluate", prefix).values()
    assert all((values.budget, values.steps) == ("steps", None) for values in studies)
    (batch_size,) = {values.batch_size for values in studies}
    largest = NUM_TRAINING_IMAGES + num_added
    assert num_classifiers * FitOptions(batch_size=batch_size).with_steps(largest).steps == expected
    assert f"{expected:,} steps of 64 images" in header(name)["Cost"]
