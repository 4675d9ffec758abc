"""The workbook from the command line: template, validate, annotate, sign, publish."""

import io
from pathlib import Path

import openpyxl
import orjson
import pytest
from filled_workbooks import column, documents, example, put, spoiled, with_cell, workbook

from openquality.cli.main import main
from openquality.workbook import load

FIXTURES = Path(__file__).parent.parent / "fixtures" / "workbooks"


def run(*arguments: object) -> int:
    return main([str(each) for each in arguments])


def test_a_template_of_a_sector_is_written_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "claims.xlsx"
    assert run("template", out, "--sector", "food") == 0
    before = out.read_bytes()
    assert run("template", out, "--sector", "food") == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert "Provenance" in openpyxl.load_workbook(out).sheetnames


def test_a_template_for_chosen_claims_names_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "claims.xlsx"
    assert run("template", out, "--claims", "cpk,certificates,Evidence") == 0
    names = openpyxl.load_workbook(out).sheetnames
    sheets = ["Supplier", "Products and services", "Capability", "Certificates", "Evidence"]
    assert names[1:6] == sheets
    assert run("template", tmp_path / "other.xlsx", "--claims", "cpq") == 2
    assert "cpk" in capsys.readouterr().err
    assert run("template") == 2


def test_a_record_comes_into_a_workbook_and_says_what_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "certificate.json"
    record.write_bytes(orjson.dumps(example("management-certificate")))
    out = tmp_path / "claims.xlsx"
    assert run("template", out, "--from", record) == 0
    assert "/credentialStatus/id" in capsys.readouterr().err
    assert run("validate", out) == 0


def test_findings_are_written_back_beside_the_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, with_cell("Shares", "Counts: Denominator", "1,234"))
    out = tmp_path / "found.xlsx"
    assert run("validate", path, "--annotate", out) == 1
    assert "Shares!I4: error W030" in capsys.readouterr().out
    book = openpyxl.load_workbook(out)
    cell = book["Shares"]["I4"]
    assert cell.value == "1,234"
    assert cell.comment is not None
    assert "W030" in cell.comment.text
    assert cell.fill.fgColor.rgb == "FFF8CBAD"
    assert book["Shares"]["H4"].comment is None
    listed = [[cell.value for cell in row] for row in book["Findings"].iter_rows(min_row=2)]
    assert [row[:3] for row in listed] == [["Shares!I4", "error", "W030"]]
    # It is a template again: mended there, it is valid.
    cell.value = 480
    book.save(tmp_path / "mended.xlsx")
    assert run("validate", tmp_path / "mended.xlsx") == 0


def test_an_annotated_copy_holds_nothing_that_is_computed_or_run(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.cell(4, column(sheet, "Limitations")).value = "=HYPERLINK(1)"
        sheet.cell(4, column(sheet, "Population: Customers")).hyperlink = "http://x.example"
        sheet.cell(4, column(sheet, "Population: Customers")).value = "@SUM(1)"

    path = put(tmp_path, spoiled(change))
    out = tmp_path / "found.xlsx"
    assert run("validate", path, "--annotate", out) == 1
    book = openpyxl.load_workbook(out)
    assert {c.data_type for s in book for row in s.iter_rows() for c in row} <= {"s", "n", "d", "b"}
    links = {c.hyperlink.target for s in book for row in s.iter_rows() for c in row if c.hyperlink}
    assert links <= {None}


def test_a_folder_of_csv_files_is_annotated_as_a_workbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "bolt.json"
    record.write_bytes(orjson.dumps(example()))
    folder = tmp_path / "claims"
    assert run("template", "--csv", folder, "--from", record) == 0
    path = folder / "shares.csv"
    head, _, tail = path.read_bytes().rpartition(b",468,480,")  # below the example
    path.write_bytes(head + b',468,"1,234",' + tail)
    assert run("validate", folder, "--annotate", tmp_path / "found.xlsx") == 1
    assert f"{path}:4:9: error W030" in capsys.readouterr().out
    assert openpyxl.load_workbook(tmp_path / "found.xlsx")["Shares"]["I4"].comment is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["claims.xlsx", "other.xlsx", "--annotate", "out.xlsx"], "takes one workbook"),
        (["bolt.json", "--annotate", "out.xlsx"], "takes one workbook"),
        (["claims.xlsx", "--annotate", "out.csv"], "writes an .xlsx file"),
        (["claims.xlsx", "--annotate", "claims.xlsx"], "is not overwritten"),
    ],
)
def test_what_cannot_be_annotated_says_why(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    before = put(tmp_path, workbook()).read_bytes()
    put(tmp_path, workbook(), name="other.xlsx")
    put(tmp_path, orjson.dumps(example()), name="bolt.json")
    assert run("validate", *arguments) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "claims.xlsx").read_bytes() == before


@pytest.mark.parametrize("name", ["claims.ods", "claims.xls", "resaved.xlsx"])
def test_what_libreoffice_saved_reads_as_the_template_that_it_was(name: str) -> None:
    (expected,) = documents(workbook())
    (found,) = load(FIXTURES / name)
    assert found.found == ()
    assert orjson.loads(found.data) == orjson.loads(expected.data)


def test_a_record_without_an_id_gets_the_same_one_for_the_same_content() -> None:
    data = with_cell("Products and services", "Id of the record", None)
    (one,), (two,) = documents(data), documents(data)
    assert one.data == two.data
    record = orjson.loads(one.data)
    # RFC 9562, section 5.8: version 8; section 4.1: the variant.
    assert record["id"][len("urn:uuid:") :][14] == "8"
    assert record["id"][len("urn:uuid:") :][19] in "89ab"
    assert record["credentialSubject"]["claims"][0]["id"] == f"{record['id']}#c1"
    changed = spoiled(_other_count, data)
    (other,) = documents(changed)
    assert orjson.loads(other.data)["id"] != record["id"]


def _other_count(book: openpyxl.Workbook) -> None:
    sheet = book["Shares"]
    sheet.cell(4, column(sheet, "Sampling: Sample size")).value = 481


def test_each_record_of_a_workbook_is_signed_into_a_file_of_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", tmp_path, "--name", "Nordbolt", "--gtin", "09506000134352") == 0
    record = orjson.loads((tmp_path / "attestation.json").read_bytes())
    for claim in record["credentialSubject"]["claims"]:
        claim["id"] = f"{record['id']}#c1"
    (tmp_path / "attestation.json").write_bytes(orjson.dumps(record))
    path = tmp_path / "claims.xlsx"
    assert run("template", path, "--from", tmp_path / "attestation.json") == 0
    book = openpyxl.load_workbook(path)
    for sheet in book:
        if sheet["A1"].value == "Record" and sheet["A4"].value is None and sheet.max_row > 3:
            sheet["A4"] = "bolt 8"
    book.save(path)
    key = tmp_path / "openquality.key"
    capsys.readouterr()
    assert run("sign", path, "--key", key) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'claims.bolt-8.jwt'} sha256:")
    signed = (tmp_path / "claims.bolt-8.jwt").read_bytes()
    assert run("sign", path, "--key", key) == 0
    assert (tmp_path / "claims.bolt-8.jwt").read_bytes() == signed
    assert run("validate", tmp_path / "claims.bolt-8.jwt") == 0
    assert run("publish", path, "--key", key, "--dry-run") == 0
    sheet = book["Products and services"]
    sheet.cell(4, column(sheet, "Name")).value = "Another bolt"
    book.save(path)
    assert run("sign", path, "--key", key) == 1
    assert "was changed after" in capsys.readouterr().err
    assert (tmp_path / "claims.bolt-8.jwt").read_bytes() == signed


def test_a_workbook_that_is_refused_is_not_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, with_cell("Shares", "Counts: Denominator", "1,234"))
    assert run("init", tmp_path / "own", "--name", "Nordbolt") == 0
    capsys.readouterr()
    assert run("sign", path, "--key", tmp_path / "own" / "openquality.key") == 1
    assert "Shares!I4: error W030" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.jwt"))


def test_fixes_leave_workbooks_as_they_are(tmp_path: Path) -> None:
    path = put(tmp_path, with_cell("Shares", "Value: Amount", "97,5"))
    before = path.read_bytes()
    assert run("validate", path, "--fix") == 0
    assert path.read_bytes() == before


def test_a_workbook_is_checked_in_several_processes(tmp_path: Path) -> None:
    path = put(tmp_path, with_cell("Shares", "Counts: Denominator", "1,234"))
    assert run("validate", path, path, "--jobs", "2") == 1


def test_an_annotated_workbook_may_be_annotated_again(tmp_path: Path) -> None:
    path = put(tmp_path, with_cell("Shares", "Counts: Denominator", "1,234"))
    assert run("validate", path, "--annotate", tmp_path / "one.xlsx") == 1
    assert run("validate", tmp_path / "one.xlsx", "--annotate", tmp_path / "two.xlsx") == 1
    one, two = ((tmp_path / name).read_bytes() for name in ("one.xlsx", "two.xlsx"))
    names = [openpyxl.load_workbook(io.BytesIO(each)).sheetnames for each in (one, two)]
    assert names[0] == names[1]


def test_whoever_asks_for_mends_of_a_workbook_is_told_that_there_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, with_cell("Shares", "Value: Amount", "97,5 %"))
    before = path.read_bytes()
    for option in ("--fix", "--diff"):
        assert run("validate", path, option) == 0
        assert "never changed" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run("validate", path) == 0
    assert "never changed" not in capsys.readouterr().err


def test_the_findings_of_a_folder_come_one_file_after_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "bolt.json"
    record.write_bytes(orjson.dumps(example()))
    folder = tmp_path / "claims"
    assert run("template", "--csv", folder, "--from", record) == 0
    for name in ("capability", "records", "shares", "supplier"):
        path = folder / f"{name}.csv"
        lines = path.read_text("utf-8-sig").splitlines()
        path.write_text("\n".join(lines).replace(",", ";"), "cp1252", errors="replace")
    run("validate", folder)
    named = [
        line.partition(".csv:")[0]
        for line in capsys.readouterr().out.splitlines()
        if ".csv:" in line and not line.startswith(" ")
    ]
    assert len(set(named)) > 1
    assert named == sorted(named)
