"""Importing exports: what another system says it holds becomes records that the rules, holds and reports know.

Nothing in an export is an order, and nothing that lies in another system can be removed from here.
"""

from retention.services.importing.importing import ImportProgress, ImportSummary, import_export
from retention.services.importing.opening import ExportOptions, OpenedExport, open_for_import
from retention.services.importing.registering import register_export

__all__ = [
    "ExportOptions",
    "ImportProgress",
    "ImportSummary",
    "OpenedExport",
    "import_export",
    "open_for_import",
    "register_export",
]
