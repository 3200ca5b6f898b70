"""The settings: one frozen object, read once when a process starts and handed to whoever needs it.

``config/default.toml`` holds every setting; ``config/<environment>.toml`` is laid over it, and variables called
``TRACKER_<SETTING>`` over both. A setting is declared once, as a field of ``Settings``: its type says how it is read,
its ``About`` what it means and which values are right; ``docs/settings.md`` shows the same.

Guarantees: an unknown name stops with the likely one, a wrong value with what would be right, all of them at once; a
secret is in no message and in no ``repr``. What it does badly: a change needs a restart.
"""

from tracker.config.loading import PREFIX, as_environ, folder, load
from tracker.config.settings import ENVIRONMENTS, About, Network, Settings, about, without_password

__all__ = [
    "ENVIRONMENTS",
    "PREFIX",
    "About",
    "Network",
    "Settings",
    "about",
    "as_environ",
    "folder",
    "load",
    "without_password",
]
