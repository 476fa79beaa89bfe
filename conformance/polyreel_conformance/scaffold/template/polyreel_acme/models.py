"""What each model of Acme Films can do, as data: the core refuses what lies beyond it."""

from datetime import date

from polyreel import Billing, ModelSpec, seconds

# FILL IN: one ModelSpec for each model on the page that lists them, the one to try first on top
MODELS = (
    ModelSpec(
        name="acme-1",  # FILL IN: the model's name on the wire, as the create's page spells it
        durations=seconds(5, 10),  # FILL IN: every length in seconds; (5, 10) if just two are sold
        aspect_ratios=("16:9", "9:16"),  # FILL IN: the shapes, so spelled; pixels are adapter.py's
        resolutions=("720p",),  # FILL IN: the sizes, spelled like 720p or 4k
        # FILL IN: here, what else the page has: images, frames, settings as seed, prompt_maximum
        billing=Billing(
            unit=None
        ),  # FILL IN: a unit such as "second", and its name on the price page
        makes_sound=None,  # FILL IN: True or False where a page says it; None is unknown
        source="https://acme.example/docs",  # FILL IN: the address of the page that says all this
        checked=date(2000, 1, 1),  # FILL IN: the day on which you read it
        unknown=(),  # FILL IN: what no page says and what is done about it; else leave this out
    ),
)
