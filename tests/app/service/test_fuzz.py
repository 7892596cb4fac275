"""The surface under random requests made from its own document: never a 5xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from tests.app.service.server import Server

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


def test_no_request_breaks_the_service(server: Server) -> None:
    from schemathesis.checks import not_a_server_error

    schemathesis.serializer.alias("application/zip", "application/octet-stream")
    schema = schemathesis.openapi.from_url(f"{server.address}/api/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 15
    for operation in operations:

        @settings(
            max_examples=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy())
        def attempt(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=[not_a_server_error], timeout=60)

        attempt()
    assert server.client.get("/api/health").status_code == 200
