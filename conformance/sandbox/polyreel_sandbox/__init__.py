"""The sandbox: local stand-ins for vendors, for tests, trials and `polyreel demo`.

The names are listed once, in `__init__.pyi`. They are loaded on first use, so that the command
line can offer the sandbox without loading it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
