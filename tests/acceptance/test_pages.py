"""Pages over HTTP: what they show, in which form, and what they answer when something is wrong."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import brought_data
import httpx2
import pytest
from pages_at_work import NAMES, Shown, pages
from postgres import database
from registry_at_work import gtin, registry

from openquality import wire
from openquality.signing import generate
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope

HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}  # a browser's


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    folder: Path = tmp_path_factory.mktemp("pages") / "data"
    if request.param == "sqlite":
        with pages(folder) as running:
            yield running
    else:
        with database() as url, pages(folder, database=url) as running:
            yield running


def get(shown: Shown, address: str) -> httpx2.Response:
    return shown.client.get(address, headers=HTML)


def found(shown: Shown, question: str) -> list[str]:
    """Return the digests that a search finds, in its order."""
    return re.findall(r'name="d" value="([0-9a-f]{64})"', get(shown, f"/{question}").text)


def text(answer: httpx2.Response) -> str:
    """Return what a page says, without its tags and with single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace(" ,", ",")


@pytest.mark.parametrize(("name", "typed"), NAMES.items())
def test_a_name_is_found_as_its_bearer_writes_it(shown: Shown, name: str, typed: str) -> None:
    for question in (name, typed):
        answer = shown.client.get("/", params={"q": question}, headers=HTML)
        assert shown.digests[name][7:] in answer.text
        assert answer.text.count('name="d"') == 1


def test_a_search_goes_by_identifier_supplier_metric_and_category(shown: Shown) -> None:
    one = shown.digests["screw"][7:]
    assert one in found(shown, f"?q={gtin(1)}")
    assert one in found(shown, f"?q={gtin(1).lstrip('0')}&metric=cpk")
    assert found(shown, "?q=voltara") == [shown.digests["battery-cell"][7:]]
    assert found(shown, "?metric=carbon-footprint") == [shown.digests["battery-cell"][7:]]
    assert found(shown, "?certificate=ISO-IEC-17025") == [
        shown.digests["laboratory-accreditation"][7:]
    ]
    assert found(shown, "?category=gpc:10000546") == [shown.digests["battery-cell"][7:]]
    assert found(shown, "?type=Product&country=SE") == [shown.digests["battery-cell"][7:]]
    assert found(shown, "?q=voltara&country=DE") == []
    assert "/catalogue/on-time-delivery" in get(shown, "/?q=on-time").text


def test_withdrawn_records_are_found_only_when_they_are_asked_for(shown: Shown) -> None:
    gone = {shown.digests[name][7:] for name in ("old version", "suspended", "revoked")}
    seen: list[str] = []
    for question in ("?q=hexagon", "?q=hexagon&all=1"):
        seen = found(shown, question)
        older = re.search(r'href="/(\?[^"]*before=\d+)"', get(shown, f"/{question}").text)
        while older:
            address = older[1].replace("&amp;", "&")
            seen += found(shown, address)
            older = re.search(r'href="/(\?[^"]*before=\d+)"', get(shown, f"/{address}").text)
        assert len(seen) == len(set(seen))
        assert (gone <= set(seen)) is ("all=1" in question)
        assert not gone & set(seen) or "all=1" in question
    indexes = [shown.parts.folder.store.find(f"sha256:{digest}") for digest in seen]
    order = [logged.index for logged in indexes if logged]
    assert order == sorted(order, reverse=True)


def test_signs_alone_find_nothing(shown: Shown) -> None:
    for typed in ("%", "_", "&", "'", "--", '">', "\\"):
        answer = shown.client.get("/", params={"q": typed}, headers=HTML)
        assert 'name="d"' not in answer.text


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("screw", "Valid"),
        ("suspended", "Suspended"),
        ("revoked", "Revoked"),
        ("old version", "Superseded"),
        ("expired", "Expired"),
        ("expiring", "Valid, expires in"),
    ],
)
def test_a_record_says_first_how_it_stands(shown: Shown, name: str, word: str) -> None:
    said = text(get(shown, shown.path(name)))
    assert 0 < said.index(word) < said.index("Signed by") < said.index("Measured values")


def test_a_declaration_and_another_voice_do_not_look_alike(shown: Shown) -> None:
    own = get(shown, shown.path("screw")).text
    assert 'class="claim claim-self"' in own
    assert "Own declaration" in own
    seen = get(shown, shown.path("buyer-observation")).text
    assert 'class="claim claim-buyer"' in seen
    assert "Buyer’s observation" in seen


def test_what_is_missing_is_not_stated_and_never_zero(shown: Shown) -> None:
    said = text(get(shown, shown.path("recall-notice")))
    assert "Site not stated" in said
    assert "Made in not stated" in said


def test_a_trend_leaves_a_missing_quarter_empty(shown: Shown) -> None:
    page = get(shown, shown.path("screw")).text
    assert "Gaps without a measurement: 1." in page
    # Four periods: four bars, and lines only between the three that follow one another.
    chart = page[page.index("<svg") : page.index("</svg>")]
    wide = re.findall(r'<polyline points="[^"]*" [^>]*stroke-width="3"', chart)
    thin = re.findall(r'<polyline points="[^"]*" [^>]*stroke-width="1"', chart)
    assert (len(wide), len(thin)) == (4, 2)


def test_a_value_is_ranked_among_those_that_compare(shown: Shown) -> None:
    # 450 + 25 of 480 is the best of the six peers, and of all in the group but 480-based others.
    best, worst = (text(get(shown, shown.path(name))) for name in ("peer 25", "peer 20"))
    place = [int(re.findall(r"place (\d+) of \d+", said)[-1]) for said in (best, worst)]
    assert place[1] - place[0] >= 5


def test_a_new_version_shows_what_changed(shown: Shown) -> None:
    page = get(shown, shown.path("new version")).text
    assert "/credentialSubject/claims/1/counts/numerator" in page
    (row,) = (row for row in page.split("<tr>") if "counts/numerator" in row)
    assert re.findall(r'dir="auto">([^<]*)<', row) == ["440", "470"]
    assert "evidenceRefs" not in page[page.index("What changed") :]  # ids differ, and say nothing
    assert shown.digests["new version"][7:] in get(shown, shown.path("old version")).text


def test_open_safety_notices_stand_above_everything(shown: Shown) -> None:
    said = text(get(shown, shown.path("recall-notice")))
    assert said.index("Open safety notices") < said.index("Measured values")
    assert "Recall, issued on 5 November 2026" in said.replace("\u00a0", " ")
    assert "Open safety notices" not in text(get(shown, shown.path("screw")))


@pytest.mark.parametrize(
    ("form", "accept"),
    [
        ("statement.jwt", wire.STATEMENT),
        ("bundle.json", "application/vnd.openquality.bundle+json"),
        ("record.json", "application/json"),
        ("record.jsonld", "application/ld+json"),
        ("record.ttl", "text/turtle"),
    ],
)
def test_raw_forms_are_those_of_the_interface(shown: Shown, form: str, accept: str) -> None:
    digest = shown.digests["screw"]
    interface = shown.client.get(f"/v1/statements/{digest}", headers={"accept": accept})
    linked = get(shown, f"{shown.path('screw')}/{form}")
    asked = shown.client.get(shown.path("screw"), headers={"accept": accept})
    for answer in (linked, asked):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == interface.headers["content-type"]
        # The status in a bundle says when it was said, and Turtle's blank nodes are any.
        if form not in {"bundle.json", "record.ttl"}:
            assert answer.content == interface.content
    assert asked.headers["vary"] == "accept"


def test_the_page_holds_schema_org_data(shown: Shown) -> None:
    page = get(shown, shown.path("screw")).text
    block = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    data = json.loads(block)
    assert data["@type"] == "ProductModel"
    assert data["gtin"] == gtin(1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("screw", "✓ valid until 2027-09-30"),
        ("suspended", "‖ suspended"),
        ("expired", "⊗ expired"),
        ("old version", "→ superseded"),
        ("laboratory-accreditation", "✓ valid"),
    ],
)
def test_a_badge_says_how_the_record_stands_and_until_when(
    shown: Shown, name: str, said: str
) -> None:
    answer = shown.client.get(f"/badges/{shown.digests[name][7:]}.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert f"<title>OpenQuality: {said}" in answer.text
    assert re.fullmatch(r"public, max-age=([1-9]\d?|[12]\d\d|300)", answer.headers["cache-control"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/records/{'0' * 64}", 404),
        ("/records/zz", 400),
        (f"/badges/{'0' * 64}.svg", 404),
        ("/compare", 422),
        ("/compare?d=zz", 400),
        (f"/compare?d={'0' * 64}&d={'1' * 64}", 404),
        ("/suppliers/did:key:zNobody", 404),
        ("/suppliers/gtin:00000000000000", 404),
        ("/catalogue/on-time-delivry", 404),
        ("/?before=x", 400),
        ("/static/none.css", 404),
        ("/nothing", 404),
    ],
)
def test_an_error_is_a_page_for_people_and_a_document_for_programs(
    shown: Shown, address: str, status: int
) -> None:
    page = get(shown, address)
    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-security-policy" in page.headers
    program = shown.client.get(address)
    assert program.status_code == status
    assert program.headers["content-type"] == wire.PROBLEM
    assert program.json()["code"] in page.text


def test_pages_that_ask_the_database_are_limited_and_files_are_not(tmp_path: Path) -> None:
    with registry(tmp_path / "data", rate=0.005, burst=2) as (client, _):
        answers = [client.get(address, headers=HTML) for address in ("/", "/catalogue/cpk", "/")]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 1
        assert client.get("/static/site.css").status_code == 200
        assert client.get("/log").status_code == 200


def test_addresses_of_programs_answer_browsers_as_before(shown: Shown) -> None:
    for address in ("/v1/statements/zz", "/v1/metrics/none", "/tile/0/9/9", "/v1/nothing"):
        assert get(shown, address).headers["content-type"] == wire.PROBLEM
    one = f"/v1/statements/{shown.digests['screw']}"
    assert get(shown, one).headers["content-type"] == wire.STATEMENT
    assert shown.client.get(one, headers={"accept": "text/html"}).status_code == 406


def test_an_issuer_has_every_statement_in_the_order_of_the_log(shown: Shown) -> None:
    logged = shown.parts.folder.store.find(shown.digests["suspended"])
    assert logged is not None
    page = get(shown, f"/suppliers/{logged.issuer}").text
    assert shown.digests["suspended"][7:] in page
    assert "status" in page
    about = get(shown, f"/suppliers/gtin:{gtin(1)}").text
    for name in ("period 0", "period 1", "period 2", "screw"):
        assert shown.digests[name][7:] in about


LISTING = {
    "name": "Dreherei Huber 🔩",
    "source": "Chamber of crafts, members of 2026",
    "summary": "Turned parts up to 80 mm.",
    "country": "AT",
    "contact": "office@huber.example",
    "identifiers": [{"scheme": "vat", "value": "ATU12345675"}],
}


def bearer(shown: Shown, *scopes: Scope) -> dict[str, str]:
    _, secret = make_token(
        shown.parts.access,
        name="association",
        scopes=frozenset(scopes),
        issuer=None,
        expires_at=None,
        now=datetime.now(UTC),
    )
    return {"authorization": f"Bearer {secret}"}


def test_a_listing_is_found_marked_and_removed(shown: Shown) -> None:
    token = bearer(shown, Scope.LISTINGS)
    entered = shown.client.post("/v1/operator/listings", json=LISTING, headers=token)
    assert entered.status_code == 201, entered.text
    assert entered.json() == entered.json() | LISTING | {"signed": False}
    identifier = entered.json()["id"]
    for question in ("huber", "🔩", "ATU12345675", "dreh hub"):
        said = text(shown.client.get("/", params={"q": question}, headers=HTML))
        assert "listing, not signed" in said
        assert "Dreherei Huber" in said
    assert "Huber" not in get(shown, "/?q=dreherei&type=Product").text.replace("dreherei", "")
    assert "Huber" not in get(shown, "/").text
    (item,) = shown.client.get("/v1/operator/listings", headers=token).json()["items"]
    assert item["id"] == identifier
    gone = shown.client.delete(f"/v1/operator/listings/{identifier}", headers=token)
    assert gone.json()["name"] == LISTING["name"]
    assert "Huber" not in get(shown, "/?q=huber").text
    again = shown.client.delete(f"/v1/operator/listings/{identifier}", headers=token)
    assert (again.status_code, again.json()["code"]) == (404, "unknown-listing")


def test_listings_are_on_record_by_digest_alone(shown: Shown) -> None:
    token = bearer(shown, Scope.LISTINGS)
    entered = shown.client.post("/v1/operator/listings", json=LISTING, headers=token).json()
    shown.client.delete(f"/v1/operator/listings/{entered['id']}", headers=token)
    size = shown.parts.published_size()
    said = b"".join(shown.parts.folder.store.statements(size - 2, size))
    assert said.count(b".") == 4  # two compact JWS
    assert b"Huber" not in said
    assert shown.client.get("/v1/operator/usage", headers=token).status_code == 403


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"source": None}, "/source"),
        ({"country": "Austria"}, "/country"),
        ({"country": "at"}, "/country"),
        ({"summary": "Turned <b>parts</b>"}, "/summary"),
        ({"summary": "Turned\u200b parts"}, "/summary"),
        ({"name": "Huber\u202egpj"}, "/name"),
        ({"rank": "1"}, "/rank"),
        ({"identifiers": [{"scheme": "vat"}]}, "/identifiers/0"),
        ({"identifiers": "ATU1"}, "/identifiers"),
    ],
)
def test_a_listing_is_refused_with_the_place_of_the_mistake(
    shown: Shown, change: dict[str, object], pointer: str
) -> None:
    token = bearer(shown, Scope.LISTINGS)
    value = {k: v for k, v in (LISTING | change).items() if v is not None}
    answer = shown.client.post("/v1/operator/listings", json=value, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-listing")
    assert pointer in {finding["pointer"] for finding in answer.json()["findings"]}


def test_a_listing_needs_its_scope(shown: Shown) -> None:
    assert shown.client.post("/v1/operator/listings", json=LISTING).status_code == 401
    token = bearer(shown, Scope.PUBLISH, Scope.READ)
    assert (
        shown.client.post("/v1/operator/listings", json=LISTING, headers=token).status_code == 403
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "a\r\nset-cookie: stolen=1\r\n\r\n<b>",
        "{{ 7 * 191 }}",
        "../../etc/passwd",
        "\x00",
        "\ud83d\ude00' OR '1'='1".encode("utf-16", "surrogatepass").decode("utf-16"),
        "a" * 5_000,
    ],
)
@pytest.mark.parametrize(
    "address",
    [
        "/records/{}",
        "/records/{}/statement.jwt",
        "/badges/{}.svg",
        "/suppliers/{}",
        "/suppliers/did:key:{}",
        "/catalogue/{}",
        "/static/{}",
        "/compare?d={}",
        "/?q={}",
        "/?category={}&type={}&all={}",
        "/?before={}",
    ],
)
def test_hostile_addresses_are_shown_as_text_or_refused(
    shown: Shown, address: str, text: str
) -> None:
    answer = get(shown, address.replace("{}", quote(text, safe="")))
    assert answer.status_code in {200, 400, 404, 422}
    assert "set-cookie" not in answer.headers
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "1337" not in answer.text
    assert "root:" not in answer.text


def test_a_value_that_stands_for_nothing_is_not_ranked(shown: Shown) -> None:
    assert "not ranked: the record does not stand" in text(get(shown, shown.path("suspended")))
    # The screw of the last period has the same subject and issuer, and a newer period.
    older = text(get(shown, shown.path("period 2")))
    assert "not ranked: a newer value" in older
    assert "not ranked" not in text(get(shown, shown.path("screw")))


def test_a_value_that_was_computed_again_says_so_and_from_which_data(shown: Shown) -> None:
    key = generate()
    shown.publish("brought", brought_data.record(700, key=key), key)
    before = get(shown, shown.path("brought"))
    assert "data named by digest" in before.text
    assert "recomputed here" not in before.text
    answer = shown.client.post(
        f"/v1/evidence?statement={shown.digests['brought']}",
        content=brought_data.CSV,
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 201, answer.text
    after = get(shown, shown.path("brought"))
    assert "recomputed here from its data" in after.text
    said = text(after)
    assert re.search(r"Brought to this registry on .{5,30}; On-time delivery follows from it", said)


def test_what_the_log_shows_around_a_record_stands_on_it(shown: Shown) -> None:
    # The peers name the same data files about subjects of their own.
    said = text(get(shown, shown.path("peer 25")))
    assert "Observations" in said
    assert "Another issuer named a data file of the record before, about another subject." in said
    assert "The issuer has not replied." in said
    assert "O001" in said


def test_a_notice_names_batches_as_the_notice_itself_does(shown: Shown) -> None:
    said = text(get(shown, shown.path("recall-notice")))
    assert "batches B2609, B2610" in said
