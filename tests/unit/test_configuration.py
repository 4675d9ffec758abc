"""The settings of a project: which file counts, and what is said about a wrong one."""

from pathlib import Path

import pytest

from openquality import home
from openquality.configuration import BadConfiguration, Configuration, Validate, find

WHOLE = """\
registry = "https://registry.example"
language = "de"

[validate]
files = ["records/**/*.json"]
exclude = ["drafts"]
format = "github"
evidence = "data"
"""


def test_every_setting_is_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "openquality.toml"
    path.write_text(WHOLE)
    assert find(tmp_path) == Configuration(
        path,
        "https://registry.example",
        "de",
        Validate((tmp_path / "records/**/*.json",), ("drafts",), "github", tmp_path / "data"),
    )


def test_a_project_file_says_the_same_in_a_table_of_ours(tmp_path: Path) -> None:
    table = WHOLE.replace("[validate]", "[tool.openquality.validate]")
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.openquality]\n{table}")
    own = tmp_path / "own"
    own.mkdir()
    (own / "openquality.toml").write_text(WHOLE)
    assert find(tmp_path).registry == find(own).registry
    assert find(tmp_path).validate.exclude == find(own).validate.exclude
    assert find(tmp_path).path == path


def test_the_nearest_file_upwards_counts_alone(tmp_path: Path) -> None:
    (tmp_path / "openquality.toml").write_text('language = "de"\nregistry = "https://a.example"')
    # Of other tools only: passed over, though it names us.
    (tmp_path / "a").mkdir()
    (tmp_path / "a/pyproject.toml").write_text('[project]\ndependencies = ["openquality"]')
    (tmp_path / "a/b").mkdir()
    (tmp_path / "a/b/openquality.toml").write_text('language = "fr"')
    (tmp_path / "a/b/c").mkdir()
    assert find(tmp_path / "a").language == "de"
    near = find(tmp_path / "a/b/c")
    assert (near.language, near.registry) == ("fr", None)


def test_without_a_file_nothing_is_set(tmp_path: Path) -> None:
    assert find(tmp_path) == Configuration()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('langage = "de"', "There is no setting 'langage'. Did you mean language?"),
        ('[validate]\nexlude = ["a"]', "[validate]: There is no setting 'exlude'. Did you mean"),
        ("[validate]\nxyzzy = 1", "There are: files, exclude, format, evidence."),
        ('[validate]\nformat = "sariff"', "There is no format 'sariff'. Did you mean sarif?"),
        ('[validate]\nfiles = "a.json"', "[validate]: files is not a list."),
        ("[validate]\nfiles = [1]", "files holds what is no text"),
        ("validate = 1", "validate is not a table"),
        ("registry = 1", "registry is not a text"),
        ("registry = ", "It is not TOML"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_file_and_the_nearest_one(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "openquality.toml"
    path.write_text(text)
    with pytest.raises(BadConfiguration) as caught:
        find(tmp_path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_settings_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "openquality.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfiguration, match="not TOML"):
        find(tmp_path)


def test_the_registry_is_that_of_line_environment_project_and_user_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OPENQUALITY_REGISTRY", raising=False)
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "home/openquality/config.json"
    own.parent.mkdir(parents=True)
    own.write_text('{"registry": "https://user.example"}')
    assert home.registry(None) == "https://user.example"
    (tmp_path / "openquality.toml").write_text('registry = "https://project.example"')
    assert home.registry(None) == "https://project.example"
    monkeypatch.setenv("OPENQUALITY_REGISTRY", "https://environment.example")
    assert home.registry(None) == "https://environment.example"
    assert home.registry("https://line.example") == "https://line.example"
