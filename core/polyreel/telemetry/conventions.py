"""The names of attributes, events and metrics: OpenTelemetry's where it has them, else our own.

The names with `gen_ai.` are from the semantic conventions for generative AI, which are in
development: https://github.com/open-telemetry/semantic-conventions-genai (spans and metrics as in
version 1.37 of https://opentelemetry.io/docs/specs/semconv/gen-ai/). OpenTelemetry's Python
package of conventions has them only as deprecated names, so they are written here. `error.type`,
`server.` and `http.` are from the stable conventions.
"""

from __future__ import annotations

from typing import Final

SCOPE: Final = "polyreel"
"""The instrumentation's name."""

OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_SEED: Final = "gen_ai.request.seed"
OUTPUT_TYPE: Final = "gen_ai.output.type"
ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
HTTP_STATUS: Final = "http.response.status_code"

GENERATE_CONTENT: Final = "generate_content"
"""The convention's value for generating content of any kind; it has none for video alone."""
VIDEO: Final = "video"
"""Our own value, as the convention allows; it defines text, json, image and speech."""

OPERATION_DURATION: Final = "gen_ai.client.operation.duration"

JOB_ID: Final = "polyreel.job.id"
JOB_STAGE: Final = "polyreel.job.stage"
JOB_STATE: Final = "polyreel.job.state"
OUTCOME: Final = "polyreel.outcome"
TARGET: Final = "polyreel.target"
RESOLUTION: Final = "polyreel.request.resolution"
ASPECT_RATIO: Final = "polyreel.request.aspect_ratio"
DURATION: Final = "polyreel.request.duration"
QUOTE_AMOUNT: Final = "polyreel.quote.amount"
QUOTE_CURRENCY: Final = "polyreel.quote.currency"
QUOTE_CERTAINTY: Final = "polyreel.quote.certainty"
CHARGE_AMOUNT: Final = "polyreel.charge.amount"
CHARGE_UNIT: Final = "polyreel.charge.unit"
CHARGE_DERIVED: Final = "polyreel.charge.derived"
"""True where the provider reported only units, and the charge is these units × a price."""
ESTIMATE_AMOUNT: Final = "polyreel.estimate.amount"
ESTIMATE_UNIT: Final = "polyreel.estimate.unit"
VENDOR_CODE: Final = "polyreel.error.vendor_code"
PHASE: Final = "polyreel.phase"

EVENT_ACCEPTED: Final = "polyreel.accepted"
EVENT_RUNNING: Final = "polyreel.running"
EVENT_FINISHED: Final = "polyreel.finished"
EVENT_DOWNLOADED: Final = "polyreel.downloaded"

JOBS: Final = "polyreel.jobs"
PHASE_DURATION: Final = "polyreel.job.phase.duration"
CHARGED: Final = "polyreel.charged"
