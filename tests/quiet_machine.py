"""The variables of the machine that no test starts from."""

OWN_VARIABLES = ("POLYREEL_", "JIMMY_", "MODELLIX_", "TOY_")
"""How those begin that polyreel and the providers read."""

NETWORK_VARIABLES = frozenset(
    {
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("ssl_cert_file", "ssl_cert_dir", "sslkeylogfile"),
    }
)
"""Those that every program reads, in small letters."""
