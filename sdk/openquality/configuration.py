"""The settings of a project: `openquality.toml`, or `[tool.openquality]` in `pyproject.toml`.

    registry = "https://registry.example"
    language = "de"

    [validate]
    files = ["records/**/*.json"]
    exclude = ["drafts"]
    format = "text"
    evidence = "data"

The nearest file upwards from the working folder counts, and no other one is mixed in. Paths are
relative to its folder. What a command is told on its line goes before what stands here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

NAME: Final = "openquality.toml"
PYPROJECT: Final = "pyproject.toml"
FORMATS: Final = ("text", "json", "sarif", "junit", "github", "markdown")


@dataclass(frozen=True, slots=True)
class Validate:
    """Hold the settings of `openquality validate`."""

    files: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    format: str | None = None
    evidence: Path | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Hold the settings of a project; `path` is the file that they were read from, if any."""

    path: Path | None = None
    registry: str | None = None
    language: str | None = None
    validate: Validate = field(default_factory=Validate)


@dataclass(eq=False)
class BadConfiguration(OpenQualityError):
    """The settings do not read: `reason` says what is wrong, `hint` what to do."""

    path: Path
    reason: str
    hint: str

    def __str__(self) -> str:
        return message(
            "{path}: {reason} {hint}", path=self.path, reason=self.reason, hint=self.hint
        )


def current() -> Configuration:
    """Return the settings that count in the working folder; raises BadConfiguration."""
    return find(Path.cwd())


def find(folder: Path) -> Configuration:
    """Return the settings that count in a folder: those of the nearest file upwards, or none."""
    for each in (folder, *folder.parents):
        own = each / NAME
        if own.is_file():
            return parse(own.read_bytes(), own)
        project = each / PYPROJECT
        # Most projects have other tools' settings only: those are not worth a parser.
        if project.is_file() and b"openquality" in (data := project.read_bytes()):
            found = _toml(data, project).get("tool", {}).get("openquality")
            if found is not None:
                return _read(found, project, "[tool.openquality]")
    return Configuration()


def parse(data: bytes, path: Path) -> Configuration:
    """Read the bytes of an openquality.toml; raises BadConfiguration."""
    return _read(_toml(data, path), path, "")


def _toml(data: bytes, path: Path) -> dict[str, Any]:
    import tomllib  # slow to load, and only a file that is there needs it

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = message("It is not TOML: {error}.", error=error)
        raise BadConfiguration(path, reason, message("Mend that place.")) from None


def _read(value: object, path: Path, where: str) -> Configuration:
    top = _Table(value, path, where, {"registry": str, "language": str, "validate": dict})
    inner = f"{where.rstrip(']')}.validate]" if where else "[validate]"
    known = {"files": list, "exclude": list, "format": str, "evidence": str}
    validate = _Table(top.get("validate") or {}, path, inner, known)
    chosen = validate.get("format")
    if chosen is not None and chosen not in FORMATS:
        raise validate.bad(
            message("There is no format {chosen!r}.", chosen=chosen), near=(chosen, FORMATS)
        )
    evidence = validate.get("evidence")
    return Configuration(
        path,
        top.get("registry"),
        top.get("language"),
        Validate(
            tuple(path.parent / each for each in validate.texts("files")),
            tuple(validate.texts("exclude")),
            chosen,
            None if evidence is None else path.parent / evidence,
        ),
    )


_WANTED: Final = {"str": message("a text"), "list": message("a list"), "dict": message("a table")}


class _Table:
    """Read a table whose every key is known and of its type."""

    def __init__(self, value: object, path: Path, where: str, known: Mapping[str, type]) -> None:
        self._path = path
        self._where = where
        if not isinstance(value, dict):
            raise self.bad(message("{where} is no table.", where=where))
        self._value = value
        for name, held in value.items():
            if name not in known:
                said = message("There is no setting {name!r}.", name=name)
                raise self.bad(said, near=(name, known))
            if not isinstance(held, known[name]):
                wanted = _WANTED[known[name].__name__]
                raise self.bad(message("{name} is not {wanted}.", name=name, wanted=wanted))

    def get(self, name: str) -> Any:  # noqa: ANN401 - its type was checked
        return self._value.get(name)

    def texts(self, name: str) -> Iterator[str]:
        for each in self._value.get(name, ()):
            if not isinstance(each, str):
                raise self.bad(message("{name} holds what is no text.", name=name))
            yield each

    def bad(
        self, said: str, *, near: tuple[str, Mapping[str, Any] | tuple[str, ...]] | None = None
    ) -> BadConfiguration:
        from openquality_validator.nearest import nearest

        hint = message("See docs/guide/validate.md.")
        if near is not None:
            found = nearest(near[0], near[1], most=1)
            hint = (
                message("Did you mean {near}?", near=found[0])
                if found
                else message("There are: {known}.", known=", ".join(near[1]))
            )
        reason = message("{where}: {said}", where=self._where, said=said) if self._where else said
        return BadConfiguration(self._path, reason, hint)
