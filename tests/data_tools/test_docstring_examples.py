import doctest
import importlib
import pkgutil

import pytest

import data_tools

MODULES = [
    module.name
    for module in pkgutil.walk_packages(data_tools.__path__, "data_tools.")
    if module.name != "data_tools.__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
