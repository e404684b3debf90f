"""A working directory of its own for each test."""

import pytest
from small_experiment import PARTS


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "parts.py").write_text(PARTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("GAN_TF_DATA_DIR", raising=False)
    return tmp_path
