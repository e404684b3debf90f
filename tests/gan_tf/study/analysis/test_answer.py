from constructed_study import constructed_cells

from gan_tf.study.analysis.answer import DEPENDS, outcome, verdict_sentence
from gan_tf.study.analysis.verdict import HELPS
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell

ALL = Amount("all")


def test_the_answer_is_about_mixed_and_gives_the_number_of_synthetic_sets():
    entries = constructed_cells(
        {Cell("real"): [200, 201, 202], Cell("mixed", ALL): [300, 301, 302]}
    )
    assert verdict_sentence(entries, 1, "accuracy").startswith(
        "With this synthetic set, adding the synthetic images to the real ones helps: accuracy "
        "+25.00 points (95% CI"
    )
    assert verdict_sentence(entries, 3, "accuracy").startswith("Across 3 synthetic sets, adding")
    assert outcome(entries) == HELPS


def test_without_synthetic_images_there_is_no_answer():
    entries = constructed_cells({Cell("real"): [200, 201], Cell("augmented"): [200, 201]})
    assert "no verdict on synthetic images" in verdict_sentence(entries, 1, "accuracy")
    assert outcome(entries) == ""


def test_a_single_seed_is_inconclusive():
    entries = constructed_cells({Cell("real"): [200], Cell("mixed", ALL): [300]})
    assert "real ones is inconclusive: a single replicate" in verdict_sentence(
        entries, 1, "accuracy"
    )


def test_different_outcomes_are_counted():
    entries = constructed_cells(
        {
            Cell("real"): [200, 201, 202],
            Cell("mixed", Amount("250")): [200, 201, 202],
            Cell("mixed", Amount("500")): [300, 301, 302],
        }
    )
    assert outcome(entries) == DEPENDS
    assert (
        "ones helps in 1 of 2 configurations, shows no difference in 1. It helps most with 500 "
        "synthetic images per class: accuracy +25.00 points"
    ) in verdict_sentence(entries, 1, "accuracy")


def answer_to(*num_correct):
    """The answer of a study by the correct images, of 400, of its mixed cells; real has 200."""
    amounts = [Amount("250"), Amount("500"), ALL]
    cells = {
        Cell("mixed", amount): [correct, correct + 1, correct + 2]
        for amount, correct in zip(amounts, num_correct, strict=False)
    }
    entries = constructed_cells({Cell("real"): [200, 201, 202], **cells})
    return verdict_sentence(entries, 1, "accuracy")


def test_the_largest_difference_in_each_direction_is_named():
    text = answer_to(100, 4, 150)
    assert "hurts in 3 of 3 configurations. It hurts most with 500 synthetic images per" in text
    assert "class: accuracy -49.00" in text
    text = answer_to(220, 260, 150)
    assert "helps in 2 of 3 configurations, hurts in 1. It helps most with 500 synthetic" in text
    assert ". It hurts most with all synthetic images: accuracy -12.50 points" in text
    text = answer_to(200, 200)
    assert "shows no difference in 2 of 2 configurations. The difference is largest with" in text
    assert "with 250 synthetic images per class: accuracy +0.00" in text


def test_a_single_configuration_is_named_unless_it_uses_all_images():
    assert "real ones helps with 250 synthetic images per class: accuracy" in answer_to(300)
