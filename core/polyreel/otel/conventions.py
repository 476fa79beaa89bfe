"""Names: OpenTelemetry's for generative AI where it has them, and polyreel's own.

The names of `gen_ai.` are of the semantic conventions for generative AI, which are in
development: https://github.com/open-telemetry/semantic-conventions-genai (spans and metrics
read in version 1.37 of https://opentelemetry.io/docs/specs/semconv/gen-ai/). The Python package
of all conventions has them as deprecated only, since they moved there, so they stand here.
`error.type`, `server.` and `http.` are of the stable conventions.
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
"""The convention's word for making content of several kinds; it has none for video alone."""
VIDEO: Final = "video"
"""A word of our own, as the convention allows: it knows text, json, image and speech."""

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
VENDOR_CODE: Final = "polyreel.error.vendor_code"
PHASE: Final = "polyreel.phase"

EVENT_ACCEPTED: Final = "polyreel.accepted"
EVENT_RUNNING: Final = "polyreel.running"
EVENT_FINISHED: Final = "polyreel.finished"
EVENT_FETCHED: Final = "polyreel.fetched"

JOBS: Final = "polyreel.jobs"
PHASE_DURATION: Final = "polyreel.job.phase.duration"
CHARGED: Final = "polyreel.charged"
