"""The interface keeps what /openapi.json says, for generated requests, fitting and unfitting."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from registry_at_work import publish, registry, statement
from schemathesis import GenerationMode

from openquality import wire
from openquality_registry.http.routes import events

EXAMPLES = 8  # for each operation and mode; a defect shows with few, and the whole stays quick
ANY_TEXT = "POST /v1/statements/batch"  # each line is judged for itself, so no body is wrong
OPERATIONS = 70  # the routes of docs/spec/http.md but /openapi.json itself, two of /v1/query


@schemathesis.serializer(wire.STATEMENT, wire.LINES)
def as_text(_context: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode()


@pytest.fixture(scope="module")
def described(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[schemathesis.BaseSchema]:
    folder = tmp_path_factory.mktemp("openapi") / "data"
    with pytest.MonkeyPatch.context() as patched, registry(folder, rate=0) as (client, _):
        patched.setattr(events, "MAX_WAITING", 0)  # or drawn questions wait for what never comes
        publish(client, statement())
        found = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
        # No JSON Schema can say what a signature or the catalogue says: 422 with findings.
        accepted = found.config.checks.positive_data_acceptance
        accepted.expected_statuses = [*accepted.expected_statuses, "422"]
        yield found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_described(
    described: schemathesis.BaseSchema, mode: GenerationMode
) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == OPERATIONS
    for operation in operations:
        parts = operation.body or operation.path_parameters
        if mode.is_negative and (not parts or operation.label == ANY_TEXT):
            continue  # nothing in such a request can be wrong
        print(operation.label)  # noqa: T201 - shown by pytest with a failure

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def answers_as_described(case: schemathesis.Case) -> None:
            case.call_and_validate()

        answers_as_described()
