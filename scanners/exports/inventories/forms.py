"""The forms of inventory that are known by the columns they have, and what each of them leaves unsaid.

A form only refines: every column that it does not mention means what `targets` says. The first form whose marks are
all there is taken; the last is the one of files nobody knows but whose columns can be read.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import product

from scanners.exports.errors import UnknownFormError
from scanners.exports.inventories import targets as to
from scanners.exports.inventories.particulars import (
    Finish,
    finish_droid,
    finish_ediscovery,
    finish_library,
    finish_listing,
    finish_migrated,
    finish_migration_error,
    finish_permissions,
    finish_rclone,
    finish_recycled,
    finish_user_migration,
    finish_version,
)
from scanners.exports.record import ExportKind, RecordKind

RAW = ""

_LABELS_MAY_HIDE = "a label that a library gives by default may not show on older items"
_ONE_VIEW = "it shows one view of a library: what its columns, filter and folder leave out is not here"
_HELD = "it was exported for a case, so everything in it is taken to be on hold"
_NO_SHAREPOINT = "it says nothing of labels, records, holds or check-outs"
_WHOLE_DRIVES = "its lines stand for whole drives or folders, not for single records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of inventory.

    Args:
        key: What it is called on a command line.
        title: What it is called in a report.
        marks: Sets of normalised column names; all of one set must be there.
        without: Names that must not be there.
        shape: "csv", "json" or "xlsx", when the form comes in one only.
        kind: What made the export.
        tool: The program that makes it.
        meanings: What single columns mean here and not elsewhere.
        default_kind: What a line stands for when no column says.
        finish: What is to be done to a draft beside the meaning of columns.
        limits: What it leaves out by design, in words.
        no_inventory: Why it is not imported as an inventory, when it is not.
        is_empty_false: Whether an empty cell says no.
        is_unknown_size_negative: Whether -1 says that a size is not known.
        is_filled_down: Whether empty cells of `.Compact` columns repeat the one above.
        is_line_per_format: Whether following lines of one URI are one file in several formats.
        is_latest_round: Whether of several lines for one source only the last round counts.
        is_of_versions: Whether every line is one version, of a document that may not be named.
        is_two_views: Whether a document may be told of twice, as a file of a drive and as an item of a list.
    """

    key: str
    title: str
    marks: tuple[frozenset[str], ...]
    without: frozenset[str] = frozenset()
    shape: str = ""
    kind: ExportKind = ExportKind.INVENTORY
    tool: str | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)
    default_kind: RecordKind = RecordKind.FILE
    finish: Finish | None = None
    limits: tuple[str, ...] = ()
    no_inventory: str = ""
    is_empty_false: bool = False
    is_unknown_size_negative: bool = False
    is_filled_down: bool = False
    is_line_per_format: bool = False
    is_latest_round: bool = False
    is_of_versions: bool = False
    is_two_views: bool = False

    def fits(self, names: AbstractSet[str], shape: str) -> bool:
        """Tell whether columns of these names, in a file of this shape, are of this form."""
        if (self.shape and shape != self.shape) or not self.without.isdisjoint(names):
            return False
        return any(mark <= names for mark in self.marks)


def _marks(*sets: str) -> tuple[frozenset[str], ...]:
    """Return sets of names; "a|b" stands for either, and makes a set of each."""
    return tuple(frozenset(chosen) for one in sets for chosen in product(*(names.split("|") for names in one.split())))


_ROW_OF_LINE = _marks("path type size modified")
_REST_ITEM = {"id": f"{to.IDS}list_item_id"}

FORMS: tuple[Form, ...] = (
    Form(
        key="labels",
        title="catalogue of retention labels",
        marks=_marks("displayname isinuse", "tagname tagid", "behaviorduringretentionperiod displayname"),
        no_inventory="it lists retention labels, not records",
    ),
    Form(
        key="robocopy",
        title="list of files by robocopy /L",
        shape="robocopy",
        marks=_ROW_OF_LINE,
        tool="robocopy",
        finish=finish_listing,
        limits=(
            _NO_SHAREPOINT,
            "its times are said to be UTC, which it does not state: declare the zone",
            "it says nothing of owners and of when a file was created",
        ),
    ),
    Form(
        key="dir",
        title="list of files by dir /s",
        shape="dir",
        marks=_ROW_OF_LINE,
        tool="dir",
        finish=finish_listing,
        limits=(
            _NO_SHAREPOINT,
            "its times are taken to be of the last change: it does not say whether /TC or /TA made them others",
            "without /A it leaves out hidden and system files",
        ),
    ),
    Form(
        key="ls",
        title="list of files by ls -lR",
        shape="ls",
        marks=_ROW_OF_LINE,
        tool="ls",
        finish=finish_listing,
        limits=(
            _NO_SHAREPOINT,
            "its times are taken to be of the last change: it does not say whether -c or -u made them others",
            "without -A it leaves out files whose name begins with a dot",
        ),
    ),
    Form(
        key="droid",
        title="DROID profile (CSV)",
        marks=_marks("uri filepath type puid", "uri filepath method type", "uri type puid formatname"),
        tool="DROID",
        meanings={"id": RAW},
        finish=finish_droid,
        is_line_per_format=True,
        limits=(_NO_SHAREPOINT,),
    ),
    Form(
        key="rclone",
        title="rclone lsjson",
        marks=_marks("path name modtime isdir"),
        tool="rclone",
        meanings={"path": to.RELATIVE_PATH, "metadataowner": RAW},
        finish=finish_rclone,
        is_unknown_size_negative=True,
        limits=(_NO_SHAREPOINT, "its paths begin below the remote that was listed, which it does not name"),
    ),
    Form(
        key="spmt",
        title="SPMT or Migration Manager item report",
        marks=_marks("source destination status filename|resultcategory"),
        kind=ExportKind.MIGRATION_REPORT,
        tool="SharePoint Migration Tool",
        meanings={"contenttype": to.KIND},
        finish=finish_migrated,
        is_latest_round=True,
        limits=(_NO_SHAREPOINT, "a task may say it is completed although single items were not migrated"),
    ),
    Form(
        key="mover-errors",
        title="Mover migration error report",
        marks=_marks("scheduleid username path errormessage"),
        kind=ExportKind.MIGRATION_REPORT,
        tool="Mover",
        finish=finish_migration_error,
        limits=(_NO_SHAREPOINT,),
    ),
    Form(
        key="mover",
        title="Mover migration report, one line for a user",
        marks=_marks("scheduleid source destination filestransferred"),
        kind=ExportKind.MIGRATION_REPORT,
        tool="Mover",
        finish=finish_user_migration,
        limits=(_WHOLE_DRIVES,),
    ),
    Form(
        key="mover-plan",
        title="Mover migration plan",
        marks=_marks("sourcepath destinationpath"),
        kind=ExportKind.MIGRATION_REPORT,
        tool="Mover",
        finish=finish_user_migration,
        limits=(_WHOLE_DRIVES, "it says what was to be migrated, not what was"),
    ),
    Form(
        key="purview",
        title="Purview eDiscovery results",
        marks=_marks(
            "itemidentity documentpath|originalpath", "targetpath documentpath", "exportitemid exportitempath"
        ),
        kind=ExportKind.EDISCOVERY,
        tool="Microsoft Purview",
        meanings={"exportitempath": to.CONTENT, "receivedorcreated": to.CREATED, "locationname": to.SITE},
        finish=finish_ediscovery,
        limits=(_HELD, "its file names may be shortened and moved; only this list knows the original paths"),
    ),
    Form(
        key="purview-premium",
        title="Purview eDiscovery (Premium) load file",
        marks=_marks("exportnativepath", "immutableid|compoundpath nativefilename"),
        kind=ExportKind.EDISCOVERY,
        tool="Microsoft Purview",
        meanings={"locationname": to.SITE, "custodian": RAW, "date": RAW},
        finish=finish_ediscovery,
        limits=(_HELD,),
    ),
    Form(
        key="recycle-bin",
        title="SharePoint recycle bin",
        marks=_marks("dirname leafname deleteddate"),
        meanings={"id": f"{to.IDS}recycle_bin_id", "title": RAW},
        finish=finish_recycled,
        limits=("what it lists is deleted already and leaves the recycle bin by itself",),
    ),
    Form(
        key="version-usage",
        title="SharePoint version usage report",
        marks=_marks("fileurl majorversion minorversion snapshotdate", "docid majorversion minorversion weburl"),
        meanings={"weburl": to.SITE, "docid": f"{to.IDS}unique_id", "fileurl": to.LOCATION},
        finish=finish_version,
        is_of_versions=True,
        is_filled_down=True,
        limits=("every line is one version of a file, and automatic trimming may have removed it since",),
    ),
    Form(
        key="graph-versions",
        title="versions of one file (Microsoft Graph)",
        shape="json",
        marks=_marks("id lastmodifieddatetime lastmodifiedby"),
        without=frozenset({"name", "weburl", "fileleafref"}),
        tool="Microsoft Graph",
        meanings={"id": to.VERSION_LABEL},
        finish=finish_version,
        is_of_versions=True,
        limits=("every line is one version of a file",),
    ),
    Form(
        key="versions",
        title="versions of one file",
        marks=_marks("versionlabel iscurrentversion url"),
        meanings={"id": RAW, "created": to.MODIFIED},
        finish=finish_version,
        is_of_versions=True,
        is_empty_false=True,
        limits=("every line is one version of a file",),
    ),
    Form(
        key="site-usage",
        title="site usage report",
        marks=_marks("siteurl reportrefreshdate"),
        meanings={"siteurl": to.LOCATION, "lastactivitydate": RAW},
        finish=finish_library,
        limits=("its lines stand for whole sites, not for single records",),
    ),
    Form(
        key="libraries",
        title="list of libraries",
        marks=_marks("listtitle listurl itemcount", "basetemplate basetype itemcount"),
        meanings={"weburl": to.SITE, "parentweburl": to.SITE, "title": to.LIBRARY, "id": f"{to.IDS}list_id"},
        finish=finish_library,
        limits=("its lines stand for whole libraries, not for single records",),
    ),
    Form(
        key="permissions",
        title="summary of permissions",
        marks=_marks("objecturl hasuniquepermissions"),
        meanings={"weburl": to.SITE},
        finish=finish_permissions,
        limits=("its lines stand for sites and libraries, not for single records",),
    ),
    Form(
        key="treesize",
        title="TreeSize or SpaceObserver export",
        marks=_marks("fullpath|path allocated|allocatedbytes|sizeondisk"),
        tool="TreeSize",
        meanings={"name": to.NAME, "type": RAW},
        limits=(_NO_SHAREPOINT,),
    ),
    Form(
        key="powershell-files",
        title="Get-ChildItem list",
        marks=_marks("fullname lastwritetime|lastwritetimeutc|length"),
        tool="PowerShell",
        limits=(_NO_SHAREPOINT,),
    ),
    Form(
        key="rest-folder",
        title="SharePoint folders (REST)",
        marks=_marks("serverrelativeurl welcomepage", "existsallowthrowforpolicyfailures", "totalfilecount totalsize"),
        without=frozenset({"filesystemobjecttype"}),
        default_kind=RecordKind.FOLDER,
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="cli-csv",
        title="CLI for Microsoft 365 (CSV)",
        shape="csv",
        marks=_marks("serverredirectedembedurl filesystemobjecttype"),
        tool="CLI for Microsoft 365",
        meanings=_REST_ITEM,
        is_empty_false=True,
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="graph",
        title="Microsoft Graph items",
        shape="json",
        marks=_marks("lastmodifieddatetime id weburl", "createddatetime id name", "name file.facet|folder.facet"),
        tool="Microsoft Graph",
        meanings={"displayname": to.NAME, "sharepointidssiteurl": to.SITE, "parentreferencesiteid": f"{to.IDS}site_id"},
        is_two_views=True,
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="pnp",
        title="SharePoint list items (PnP PowerShell or the like)",
        marks=_marks("fileref|fileleafref"),
        meanings=_REST_ITEM,
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="rest-item",
        title="SharePoint list items (REST)",
        marks=_marks("filesystemobjecttype"),
        meanings=_REST_ITEM,
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="rest-file",
        title="SharePoint files (REST)",
        marks=_marks("serverrelativeurl|uniqueid"),
        meanings={"title": RAW},
        limits=(_LABELS_MAY_HIDE,),
    ),
    Form(
        key="library-view",
        title="library export (a view to CSV or Excel)",
        marks=_marks("name itemtype path"),
        meanings={"path": to.FOLDER, "title": RAW},
        limits=(_ONE_VIEW, _LABELS_MAY_HIDE),
    ),
    Form(key="inventory", title="inventory of unknown origin", marks=(frozenset(),)),
)
_BY_KEY = {form.key: form for form in FORMS}


def form_of(names: AbstractSet[str], shape: str, *, key: str | None = None) -> Form:
    """Return the form that a file with these columns has, or the one that was asked for.

    Raises:
        UnknownFormError: There is none of that name.
    """
    if key is not None:
        if key not in _BY_KEY:
            raise UnknownFormError(form=key, known=tuple(_BY_KEY))
        return _BY_KEY[key]
    return next(form for form in FORMS if form.fits(names, shape))


def is_known_column(normalised: str) -> bool:
    """Tell whether a column of this name is known to any form; it tells a header from other lines."""
    return bool(to.target_of(normalised)) or normalised in _MARKED


_MARKED = frozenset(name for form in FORMS for mark in form.marks for name in mark)
