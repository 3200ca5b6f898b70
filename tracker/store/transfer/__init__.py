"""The way from one database to another, of whichever kind: a file of JSON Lines, and one apart for what opens it.

``tables``     what goes along, and what stays behind
``lines``      the form of a line, and how a damaged one is noticed
``exporting``  writes the files
``importing``  reads them
"""

from tracker.store.transfer.exporting import Exported, export
from tracker.store.transfer.importing import Imported, import_

__all__ = ["Exported", "Imported", "export", "import_"]
