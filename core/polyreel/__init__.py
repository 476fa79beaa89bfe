"""polyreel: one video request, many AI-video vendors.

    from polyreel import Client

    with Client() as client:
        video = client.generate("A lighthouse at dusk", "video.mp4", model="jimmy/seedance2.0-std")

The names are listed once, in `__init__.pyi`. They are loaded when they are first used, so that
importing this package stays light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
