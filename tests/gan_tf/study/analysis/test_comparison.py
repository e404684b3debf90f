"""Several studies in one table; p-values and Holm's adjustments by hand."""

import pytest
from finished_studies import ACGAN, CYCLEGAN, OPTIONS, cell, results, set_summary

from data_tools.errors import InputError
from gan_tf.study.analysis.comparison import compared, refuse_different
from gan_tf.study.analysis.finished_studies import FinishedStudy
from gan_tf.study.analysis.verdict import HELPS, HURTS, INCONCLUSIVE, NO_DIFFERENCE

STUDIES = [FinishedStudy("acgan", ACGAN), FinishedStudy("cyclegan", CYCLEGAN)]


def test_holm_is_over_the_synthetic_comparisons_of_all_studies_and_separately_over_controls():
    table = compared(STUDIES, [])
    rows = {(row["study"], row["name"]): row for row in table["cells"]}
    # Of 0.01, 0.012, 0.04 and 1: 4 x 0.01, 3 x 0.012 raised to the one before, 2 x 0.04, 1 x 1.
    expected = {
        ("acgan", "mixed_500"): (0.04, HELPS),
        ("cyclegan", "mixed_250"): (0.04, HURTS),
        # Not significant, and its interval goes beyond a point.
        ("acgan", "mixed_250"): (0.08, INCONCLUSIVE),
        ("cyclegan", "mixed_500"): (1.0, NO_DIFFERENCE),
        # Alone in its family.
        ("acgan", "augmented_None"): (0.04, HELPS),
    }
    for key, (p_value, outcome) in expected.items():
        assert rows[key]["holm_p"] == pytest.approx(p_value)
        assert rows[key]["verdict"]["outcome"] == outcome
    assert table["num_compared"] == {"mixed": 4, "control": 1}
    assert [row["study"] for row in table["cells"] if row["arm"] == "real"] == ["acgan", "cyclegan"]
    assert table["verdict"] == (
        "Across 2 studies, Holm-adjusted for 4 comparisons, adding the "
        "synthetic images to the real ones helps in 1 of 4 configurations, hurts in 1, shows no "
        "difference in 1, is inconclusive in 1. It helps most in acgan (real + synthetic, 500): "
        "accuracy +3.00 points (95% CI +2.50 to +3.50), Holm-adjusted p = 0.040. It hurts most in "
        "cyclegan (real + synthetic, 250): accuracy -3.00 points (95% CI -3.50 to "
        "-2.50), Holm-adjusted p = 0.040."
    )


def test_helps_is_withheld_in_a_study_whose_test_images_are_near_copies():
    leaky = FinishedStudy("acgan", ACGAN | {"num_test_copies": 2})  # Of 40.
    rows = {(row["study"], row["name"]): row for row in compared([leaky, STUDIES[1]], [])["cells"]}
    verdict = rows["acgan", "mixed_500"]["verdict"]
    assert verdict["outcome"] == INCONCLUSIVE
    assert verdict["reason"].endswith("5.0% of the test images are near copies of training images")
    assert rows["cyclegan", "mixed_250"]["verdict"]["outcome"] == HURTS


def test_a_single_study_with_a_single_arm_is_a_table_too():
    only = FinishedStudy("only", results(cell("mixed", "5", 0.02, 0.01)))
    verdict = compared([only], [])["verdict"]
    assert "Across 1 study, Holm-adjusted for 1 comparison, adding" in verdict
    assert " helps in only (real + synthetic, 5): accuracy +2.00 points" in verdict
    bare = FinishedStudy("bare", results(cell("augmented", None, 0.1, 0.1)))
    assert "they give no verdict on synthetic images" in compared([bare], [])["verdict"]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"data": {"classes": ["melanoma", "nevus"]}}, "the list of labels is melanoma, nevus in"),
        (
            {"data": {"test": set_summary("other", num_groups=40)}},
            r"the test set is 'other' \(40 images, otherotherot\) in 'b' but 'test' ",
        ),
        (
            {"data": {"test": set_summary("test", num_groups=9)}},
            "the number of groups of test images is 9 in 'b' but 40 in 'a'",
        ),
        ({"data": {"real": set_summary("more")}}, "the real training set is 'more'"),
        ({"data": {"validation": set_summary("kept")}}, "the validation set is 'kept'"),
        (
            {"settings": {"classifier": "resnet20"}},
            "option classifier is resnet20 in 'b' but lenet in 'a'",
        ),
        ({"settings": {"steps": 20}}, "option steps is 20 in 'b' but 10 in 'a'"),
        ({"num_seeds": 1}, "the number of seeds is 1 in 'b' but 2 in 'a'"),
    ],
)
def test_studies_that_differ_in_more_than_synthetic_images_are_refused(changes, message):
    other = results()
    other |= {k: other[k] | v if isinstance(v, dict) else v for k, v in changes.items()}
    studies = [FinishedStudy("a", results()), FinishedStudy("b", other)]
    with pytest.raises(InputError, match=f"^--study: {message}.*; compare studies that differ"):
        refuse_different(studies)
    assert "\n" not in str(pytest.raises(InputError, refuse_different, studies).value)


def test_studies_may_differ_in_options_of_controls():
    other = results(settings=OPTIONS | {"augment": ["flip"]})
    table = compared([FinishedStudy("a", results()), FinishedStudy("b", other)], [])
    assert "augment" not in table["settings"]


def test_an_unknown_class_is_refused():
    with pytest.raises(InputError, match=r"--classes has 'mel', which is not a label \(nevus, m"):
        compared(STUDIES, ["mel"])
