from gan_tf.study.analysis.notes import (
    control_notes,
    leak_notes,
    leak_sentence,
    near_copy_notes,
    slice_notes,
)


def cell(arm, mean, size=None, num_images=100):
    is_control = arm == "augmented"
    return {
        "arm": arm,
        "title": arm,
        "is_control": is_control,
        "amount": None,
        "real_images_per_class": size,
        "num_images": num_images,
        "estimate": {"mean": mean},
    }


def test_a_control_as_good_as_every_cell_with_as_many_real_images_is_noted():
    entries = [cell("mixed", 0.9), cell("mixed", 0.8), cell("augmented", 0.9)]
    (note,) = control_notes(entries)
    assert note == (
        "The control 'augmented', which uses no synthetic images, scores at least as high (90.00%)."
    )
    assert control_notes([cell("mixed", 0.91), *entries]) == []
    assert control_notes([cell("mixed", 0.9, size=10), cell("augmented", 0.9)]) == []


def test_a_gan_trained_on_more_real_images_than_the_classifier_is_noted():
    entries = [cell("real", 0.5, num_images=50), cell("real", 0.6, num_images=400)]
    assert slice_notes(entries, 50) == []
    (note,) = slice_notes(entries, 400)
    assert "trained on 400 real images, the smallest real arm on only 50:" in note


def test_sets_that_list_no_training_images_of_the_gan_are_counted():
    assert leak_notes([]) == leak_notes([7]) == []
    assert leak_notes([0])[0].startswith("1 of 1 synthetic sets does not list the real images")
    assert leak_notes([0, 7, 0])[0].startswith("2 of 3 synthetic sets do not list the real images")
    assert "synthetic" not in leak_sentence([], has_groups=True)
    assert ". 0 of 1 synthetic sets list the real images" in leak_sentence([0], has_groups=True)
    assert ". 1 of 2 synthetic sets lists the real images" in leak_sentence([0, 7], has_groups=True)


def test_groups_are_named_as_evidence_only_if_there_are_any():
    assert "the history records it, group)." in leak_sentence([7], has_groups=True)
    assert "the history records it; test images have no groups)" in leak_sentence([7], False)
    assert "test images have no groups)" in leak_sentence([], False)


def test_test_images_that_are_near_copies_are_counted():
    assert near_copy_notes(0, 50) == []
    assert near_copy_notes(1, 50)[0].startswith("1 of 50 test images is a near copy of real or")
    assert near_copy_notes(3, 50)[0].startswith("3 of 50 test images are near copies of real or")
