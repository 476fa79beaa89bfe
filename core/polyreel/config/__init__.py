"""Config: polyreel.toml and the environment, read into values, and which files are trusted."""

from .files import HOME_VARIABLE, data_folder, find_config, journal_file, load_config
from .found import FoundConfig, usual_config
from .sections import (
    FILE_NAME,
    MOST_RETRIES,
    Config,
    Policy,
    ProviderConfig,
    TargetConfig,
)
from .trust import TrustedFiles

__all__ = [
    "FILE_NAME",
    "HOME_VARIABLE",
    "MOST_RETRIES",
    "Config",
    "FoundConfig",
    "Policy",
    "ProviderConfig",
    "TargetConfig",
    "TrustedFiles",
    "data_folder",
    "find_config",
    "journal_file",
    "load_config",
    "usual_config",
]
