"""All forms that can be imported, in the order in which they are tried."""

from rules.importing.forms import (
    alfresco,
    dutch,
    esd,
    house_table,
    house_yaml,
    nara,
    nsw,
    open_zaak,
    pages,
    purview,
    statements,
    vitam,
)
from rules.importing.forms.form import Form

_STRUCTURED = tuple(
    module.FORM for module in (house_yaml, house_table, nara, purview, vitam, dutch, open_zaak, alfresco, nsw, esd)
)
FORMS: tuple[Form, ...] = (*_STRUCTURED, pages.PIPES, pages.LABELS, statements.TABLE, statements.LIST)
IMPORT_FORMS = {form.name: form.words for form in FORMS}
