import json

import pytest
from finished_studies import ACGAN, CYCLEGAN

from data_tools.errors import InputError
from gan_tf.study.analysis.finished_studies import finished_studies
from gan_tf.study.report.comparison_folder import write_comparison


def write_results(folder, content):
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(content))
    return folder


def test_studies_in_folders_of_one_name_are_distinguished_by_parent_folders(tmp_path):
    first = write_results(tmp_path / "x" / "study", ACGAN)
    second = write_results(tmp_path / "y" / "study", CYCLEGAN)
    assert [study.name for study in finished_studies([first, second])] == ["x/study", "y/study"]


@pytest.mark.parametrize(
    "content, message",
    [
        (None, r"holds no finished study \(results.json is missing\); give the --dest of"),
        ("{", "results.json cannot be read"),
        ("[]", "was not written by gan_tf.evaluate"),
        (json.dumps(ACGAN | {"format": 1}), "format 1, not 3: it was written by gan-tf 0; repeat"),
        (json.dumps({"copies": []}), "has format None, not 3"),
        (json.dumps({"format": 3, "copies": [], "cells": []}), "lacks data, leaks, notes, num_s"),
    ],
)
def test_a_folder_without_a_study_of_this_version_is_refused_in_one_line(
    tmp_path, content, message
):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match=f"^--study={tmp_path}.*{message}[^\n]*$"):
        finished_studies([tmp_path])


def test_a_comparison_is_not_a_study_and_a_study_is_given_once(tmp_path):
    study = write_results(tmp_path / "acgan", ACGAN)
    write_comparison([study], [], tmp_path / "table")
    with pytest.raises(InputError, match="was not written by gan_tf.evaluate"):
        finished_studies([tmp_path / "table"])
    with pytest.raises(InputError, match="is given twice"):
        finished_studies([study, study / ".." / study.name])


def test_a_symbolic_link_in_a_circle_holds_no_study(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="^--study=.*loop/results.json cannot be read: .*levels"):
        finished_studies([tmp_path / "loop"])
