"""What each model of Acme Videos can do, as data. Polyreel refuses every other request."""

from datetime import date

from polyreel.adapters import Billing, ModelSpec, seconds

# FILL IN: one ModelSpec for each model on the page that lists them, the best to try first on top
MODELS = (
    ModelSpec(
        name="acme-1",  # FILL IN: the model's name on the wire, as the create's page spells it
        durations=seconds(5, 10),  # FILL IN: the seconds from 5 to 10; (5, 10) for only 5 and 10
        aspect_ratios=("16:9", "9:16"),  # FILL IN: the shapes as here; adapter.py maps pixel sizes
        resolutions=("720p",),  # FILL IN: the sizes, written like 720p or 4k
        # FILL IN: add what else the page has: images, frames, settings like seed, prompt_maximum
        billing=Billing(
            unit=None
        ),  # FILL IN: a unit such as "second", and the model's name on the price page
        makes_sound=None,  # FILL IN: True or False if a page says it; None is unknown
        source="https://acme.example/docs",  # FILL IN: the address of the page with these facts
        checked=date(2000, 1, 1),  # FILL IN: the day on which you read it
        unknown=(),  # FILL IN: what no page says, and what the adapter does; else delete this line
    ),
)
