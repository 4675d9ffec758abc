"""Workbooks of a few lines, written without a library."""

import io
import zipfile

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(sheets: dict[str, str]) -> bytes:
    """Write the smallest workbook (ECMA-376) that holds these sheets' rows."""
    names = list(sheets)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
            for i in range(len(names))
        )
        book.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f"{overrides}</Types>",
        )
        relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
        book.writestr(
            "_rels/.rels",
            f'<Relationships {relations}><Relationship Id="r" Type="{_REL}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{name}" sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(names)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {_NS} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        )
        targets = "".join(
            f'<Relationship Id="r{i}" Type="{_REL}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(len(names))
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships {relations}>{targets}<Relationship Id="s" Type="{_REL}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        # Style 1 is a date (built-in format 14).
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet {_NS}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
        )
        for i, rows in enumerate(sheets.values()):
            book.writestr(
                f"xl/worksheets/s{i}.xml",
                f"<worksheet {_NS}><sheetData>{rows}</sheetData></worksheet>",
            )
    return packed.getvalue()


def text(place: str, value: str) -> str:
    """Write a cell that holds a text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
