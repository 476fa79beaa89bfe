"""What each model of Toy Videos can do, as data. Polyreel refuses every other request."""

from datetime import date

from polyreel.adapters import Billing, MediaLimit, ModelSpec, Setting, seconds

MODELS = (
    ModelSpec(
        name="toy-1",
        durations=seconds(2, 8),
        aspect_ratios=("16:9", "9:16"),
        resolutions=("480p", "720p"),
        images=MediaLimit(forms=frozenset({"inline", "url"}), maximum=2),
        settings={"seed": Setting(minimum=0, maximum=4294967295)},
        billing=Billing(unit="second", name="toy-1"),
        makes_sound=False,
        source="https://toy.example/docs",
        checked=date(2026, 8, 20),
    ),
)
