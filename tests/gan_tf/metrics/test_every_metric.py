"""Every file of metrics has tests that call its functions or, without any, its classes."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from gan_tf import metrics


@pytest.mark.parametrize("file", [module.name for module in pkgutil.iter_modules(metrics.__path__)])
def test_what_a_file_offers_is_tested(file):
    module = importlib.import_module(f"gan_tf.metrics.{file}")
    public = [
        name
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    ] or [
        name
        for name, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and not issubclass(value, tuple)
    ]
    assert public
    tests = Path(__file__).with_name(f"test_{file}.py").read_text()
    for function in public:
        assert f"{function}(" in tests
