"""init: a commented polyreel.toml to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..adapters import Registry
from ..config import FILE_NAME, TrustedFiles
from ..errors import ConfigError, UsageError
from .output import AsJson, command, print_json, say

_HEAD = """\
# polyreel.toml: the default model, and how providers are reached.
# polyreel looks for it in the working folder, then in the user's config folder; POLYREEL_CONFIG
# names another file. Every command takes -m with provider/name or a target instead of the default.
# After a change of anything but `default` and the targets' models, run `polyreel trust`.

"""


@command
def init(
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented polyreel.toml into the working folder."""
    path = Path(FILE_NAME)
    if path.exists() and not force:
        raise UsageError(f"{path} exists already; use --force to replace it")
    content = starter(Registry.installed()).encode()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"can't write {path}: {error.strerror}") from None
    try:
        TrustedFiles().add(path, content)
    except ConfigError as error:  # what was written so far needs no trust
        say(error.message)
    if as_json:
        print_json({"file": str(path.resolve())})
    else:
        say(f"Wrote {path}. Change `default` to swap vendors; `polyreel models` lists the models.")


def starter(registry: Registry) -> str:
    """Return the starter file for the installed providers."""
    targets = [
        (provider, f"{provider}/{installed.adapter.models[0].name}")
        for provider, installed in registry.adapters.items()
    ]
    lines = [_HEAD]
    if targets:
        lines.append("# Swap vendors by changing this one line.\n")
        lines.append(f'default = "{targets[0][0]}"\n')
    lines.append(
        '\n# journal = "jobs.sqlite3"   # another file for the journal; false uses no journal\n'
        "# maximum_video_bytes = 4294967296   # larger videos are not downloaded\n"
        '# proxy = "http://proxy.example:3128"   # in place of HTTPS_PROXY; false uses none\n'
        '# ca_bundle = "certificates.pem"   # checks servers, in place of SSL_CERT_FILE\n'
        "# maximum_inline_bytes = 10485760    # larger images are uploaded, or refused\n"
        "# convert_images = true   # turn HEIC, AVIF, CMYK and the like into what is taken\n"
        "# local_files = false   # take no files of this machine; or the folder to stay in\n"
        "# assets = false        # take no asset://…\n"
    )
    for index, (name, model) in enumerate(targets):
        lines.append(f'\n[targets.{name}]\nmodel = "{model}"\n')
        others = [other for other, _ in targets if other != name]
        if index == 0 and others:
            lines.append(
                "# Tried in order after a confirmed refusal or failure, "
                "never after a timeout or an unknown outcome:\n"
                f'# fallbacks = ["{others[0]}"]\n'
            )
        lines.append(f"# options = {{}}   # settings that only {name} has\n")
    for name, installed in registry.adapters.items():
        adapter = installed.adapter
        lines.append(
            f"\n[providers.{name}]\n"
            f"# Another environment variable for the key; never write the key itself here.\n"
            f'# api_key = "${adapter.key_variable}"\n'
            f'# base_url = "{adapter.base_url}"   # or the variable {adapter.base_url_variable}\n'
            "# max_in_flight = 2   # most open jobs, over all processes that share the journal\n"
            "# requests_per_minute = 60   # most requests of any kind, over the same processes\n"
            "# retry_refused = 1   # how often a create is sent again after a sure refusal (429)\n"
            f"# timeouts = {{ connect = 15.0, read = 90.0, write = 90.0 }}   # seconds\n"
        )
    return "".join(lines)
