"""Text in the characters that a terminal can show, as near to what was meant as they allow."""

from typing import Final

# Our own typographic signs, and those of the languages that we speak.
_PLAIN: Final = str.maketrans(
    {
        "…": "...",
        "→": "->",
        "×": "x",
        "·": ".",
        "−": "-",
        "–": "-",
        "≤": "<=",
        "≥": ">=",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "ß": "ss",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


def fit(text: str, encoding: str) -> str:
    r"""Return a text in characters that can be written in an encoding.

    Accents go where their letter stays; what has no letter is written as `\u6f22`.
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_fit(character, encoding) for character in text)
    return text


def _fit(character: str, encoding: str) -> str:
    for near in (character, character.translate(_PLAIN), _bare(character)):
        try:
            near.encode(encoding)
        except UnicodeEncodeError:
            continue
        if near:
            return near
    return character.encode(encoding, "backslashreplace").decode(encoding)


def _bare(character: str) -> str:
    import unicodedata

    return "".join(
        each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each)
    )
