"""Tables as spreadsheets and editors save them: delimiters, encodings, headers, empty cells."""

import unicodedata

import pytest

from data_tools.errors import InputError
from data_tools.formats.csv_tables import KNOWN_LABEL_COLUMNS, read_table

ROWS = [{"image": "001", "label": "a"}, {"image": "002", "label": "b"}]


def table_of(tmp_path, text, encoding="utf-8", id_column=None):
    file = tmp_path / "t.csv"
    file.write_bytes(text.encode(encoding))
    return read_table(str(file), id_column)


@pytest.mark.parametrize(
    "text",
    [
        "image,label\n001,a\n002,b\n",
        "image;label\r\n001;a\r\n002;b\r\n",
        "image\tlabel\n001\ta\n002\tb",
        "image|label\r001|a\r002|b\r",
        "sep=;\nimage;label\n001;a\n002;b\n",
        '"sep=|"\r\nimage|label\r\n001|a\r\n002|b\r\n',
        '"image", "label"\n"001", "a"\n"002", "b"\n',
        "image,label\n\n001,a\n\n,\n002,b\n",
        "image,label\n001,a,\n002,b,,\n",
        "image,label,,\n001,a,,\n002,b,,\n",
    ],
)
def test_every_usual_form_of_a_table_is_read(tmp_path, text):
    table = table_of(tmp_path, text)
    assert list(table.rows) == ROWS
    assert (table.columns, table.id_column, table.notes) == (("image", "label"), "image", ())


@pytest.mark.parametrize(
    ("text", "row"),
    [
        # A semicolon divides the header too, but no row.
        ('image,"a;b"\n001,x\n', {"image": "001", "a;b": "x"}),
        # Decimal commas divide the row, but not the header.
        ("image;age\n001;3,5\n", {"image": "001", "age": "3,5"}),
        # Both delimiters divide header and rows into two; only one makes a known id column.
        ("image;label, old\n001;nevus, old\n", {"image": "001", "label, old": "nevus, old"}),
        ('image,label\n001,"a, ""b""\nc"\n', {"image": "001", "label": 'a, "b"\nc'}),
    ],
)
def test_the_delimiter_is_what_divides_header_and_rows(tmp_path, text, row):
    assert table_of(tmp_path, text).rows == (row,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_detected_and_a_guess_is_told(tmp_path, encoding):
    table = table_of(tmp_path, "image,label\n001,Nävus\n", encoding)
    assert table.rows == ({"image": "001", "label": "Nävus"},)
    told = (f"{tmp_path / 't.csv'} is read as cp1252",)
    assert table.notes == (told if encoding == "cp1252" else ())


def test_values_are_composed_and_lines_are_those_of_the_file(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Nävus")
    table = table_of(tmp_path, f'image,label\n\n001,"{decomposed}\n2"\n002,b\n')
    assert [row["label"] for row in table.rows] == ["Nävus\n2", "b"]
    # Line 2 is blank, the first row is on lines 3 and 4.
    assert table.lines == (3, 5)
    assert table_of(tmp_path, "sep=,\nimage,label\n1,a\n").lines == (3,)


def test_values_that_are_written_in_another_way_are_counted(tmp_path):
    # Six values end in a blank or are decomposed; a blank after a delimiter belongs to that.
    decomposed = unicodedata.normalize("NFD", "é")
    table = table_of(tmp_path, f"image , label \n 001, a \n002 ,{decomposed}\n003\u00a0,b\n")
    assert [row["label"] for row in table.rows] == ["a", "é", "b"]
    assert table.ids == ["001", "002", "003"]
    assert table.notes == (
        f"{tmp_path / 't.csv'}: blanks around values and decomposed characters make no difference "
        "(6 values)",
    )


def test_the_letter_case_of_known_columns_does_not_matter(tmp_path):
    table = table_of(tmp_path, "DX,Image_ID\nnv,001\n")
    assert table.ids == ["001"]
    assert table.known_column(KNOWN_LABEL_COLUMNS) == "DX"
    assert table_of(tmp_path, "a,b\n1,2\n", id_column="b").ids == ["2"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"image,label\n001,a\n\x81,b\n", "line 3 is not utf-8 nor cp1252; save"),
        (b"\xef\xbb\xbfimage,label\n\xff,b\n", "line 2 is not utf-8; save"),
        ("image,label\n001,a\n".encode("utf-16-le"), r"line 1 has the character '\\x00'"),
        (b"PK\x03\x04", r"has the character '\\x03' and is not text"),
        (b'image,label\n001,a\n002,"b\n003,c\n', "line 3 is not CSV .*check the quotation marks"),
        (b"image,label\n001,a\n ,b\n", "line 3 has no image; name the image or remove it"),
        (b"image;label\n001;a\n002;b;c\n", "line 3 has 3 values, its header 2; .*semicolon"),
        (b"001,a\n002,b\n", "no column image .* one of 001, a, or begin .* line of column names"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line_and_the_mend(tmp_path, data, message):
    file = tmp_path / "t.csv"
    file.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_table(str(file), None)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
