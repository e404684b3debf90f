"""The notebook contains only imports and calls, and runs from folder and table to verdict."""

import ast
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from gan_tf import cli, experiment

PATH = Path(__file__).parents[1] / "experiments" / "skin_lesions.ipynb"
# What a cell may consist of: no loops, conditions, functions or arithmetic.
PLAIN = (
    *(ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.Expr, ast.Call),
    *(ast.keyword, ast.Name, ast.Load, ast.Store, ast.Constant, ast.Attribute, ast.List),
    *(ast.JoinedStr, ast.FormattedValue, ast.Subscript),
    *(ast.BinOp, ast.Div),  # joins a folder and a name
)


@pytest.fixture
def notebook():
    return nbformat.read(PATH, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_cells_only_import_and_call_and_have_no_output(notebook):
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert isinstance(node, PLAIN), ast.unparse(node)
        assert cell.outputs == [] and cell.execution_count is None


def test_values_and_stages_are_those_of_the_flagfile(notebook):
    source = "\n".join(cell.source for cell in code_cells(notebook))
    flagfile = re.search(r'"(experiments/\w+\.flags)"', source)[1]
    flags = cli.parse(experiment.define_flags(), [f"--flagfile={flagfile}"])
    defaults = dict(let.split("=", 1) for let in flags.let)
    namespace = {}
    exec(code_cells(notebook)[0].source, namespace)
    for name, value in namespace["values"].items():
        assert defaults[name] == str(value)
    assert (defaults["images"], defaults["csv"]) == (namespace["images"], namespace["csv"])
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    runs = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "run"]
    stages = [word.value for call in runs for word in call.args]
    assert stages == [stage.partition(":")[0] for stage in flags.stage]


TINY = """
images = "photos"
csv = "labels.csv"
values = dict(edge=32, steps=4, images_per_class=12, num_mapped_per_class=8, amounts="6,12")
values |= dict(classifier_steps=20, seeds=2)
work_dir = "work"
"""


@pytest.mark.soak
@pytest.mark.filterwarnings("default")  # raised by the client and its sockets
def test_notebook_runs_from_a_folder_and_a_table_to_the_verdict(notebook, tmp_path):
    generator = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    lines = ["image_id,lesion_id,dx"]
    # Three classes distinguished by color, two images per lesion.
    for index in range(90):
        label, channel = [("nv", 0), ("mel", 1), ("bkl", 2)][index % 3]
        pixels = generator.integers(0, 120, (40, 48, 3), np.uint8)
        pixels[..., channel] += 120
        Image.fromarray(pixels).save(tmp_path / "photos" / f"image_{index}.png")
        lines.append(f"image_{index},lesion_{index % 3}_{index // 6},{label}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")

    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    parameters.source = TINY
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()

    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    shown = [o for o in outputs if "image/png" in o.get("data", {})]
    # Grid, losses, map, thumbnails and differences.
    assert len(shown) == 5
    printed = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")
    results = json.loads((tmp_path / "work/study/results.json").read_text())
    assert results["verdict"] in printed
    assert "90" in printed  # the number of images, from inspect
    assert [o for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
