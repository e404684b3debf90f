"""Every file of metrics has tests that call its functions."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from gan_tf import metrics


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(metrics.__path__)])
def test_every_public_function_is_tested(name):
    module = importlib.import_module(f"gan_tf.metrics.{name}")
    public = [
        function
        for function, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not function.startswith("_")
    ]
    assert public
    tests = Path(__file__).with_name(f"test_{name}.py").read_text()
    for function in public:
        assert f"{function}(" in tests
