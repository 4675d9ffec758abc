"""The model of a schema's page, where the pages of a running registry do not reach."""

from dataclasses import replace

from openquality_registry.pages import rendering, schemas
from openquality_registry.schemagroups.reading import Groups
from openquality_registry.schemagroups.version import Logged, Schema, Version

FIRST = Version(
    group="did:web:buyer.example%3A8443",
    name="coating",
    version="1.0",
    kind="extension",
    uri="https://buyer.example/schemas/coating.json",
    title="Coatings",
    description="What a coating is.",
    digest="sha256:" + 64 * "1",
    logged=Logged("sha256:" + 64 * "3", 7, "2026-11-20T12:00:00.000Z"),
)


class Nothing(Groups):
    """Groups of a log that is not asked."""

    def __init__(self) -> None:
        pass


def test_of_many_versions_the_highest_are_listed() -> None:
    schema = Schema([replace(FIRST, version=f"1.{minor}") for minor in range(60)])

    model = schemas._view(Nothing(), schema, schema.default)

    assert [each.version for each, _, _ in model["versions"]][:2] == ["1.59", "1.58"]
    assert (len(model["versions"]), model["more_versions"]) == (50, 10)
    shown = bytes(rendering.page("schema.html", model).body).decode()
    assert "10 lower versions" in shown
    # The DID's own escape is escaped again wherever it stands in an address.
    assert 'href="/schemas/did:web:buyer.example%253A8443/coating/1.59"' in shown
    assert "did:web:buyer.example%3A8443/coating" not in shown


def test_a_question_keeps_its_parameters_from_page_to_page() -> None:
    given = {"q": "coat", "kind": "profile", "status": "active", "sector": "nace:25.61"}
    asked = schemas.Question.of({**given, "metric": "cpk", "owner": "did:key:z"})

    following = asked.address(FIRST)

    assert following.startswith("/schemas?q=coat&kind=profile&status=active&sector=nace%3A25.61")
    assert "metric=cpk" in following
    assert "group=did%3Aweb%3Abuyer.example%253A8443&after=coating" in following
    assert schemas.Question.of({"kind": "nonsense", "after": "x"}).address() == "/schemas"
