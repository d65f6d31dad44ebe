"""What a column may mean: the fields of a record, and the names that different tools give to each of them.

The names are written as `normalise` leaves them. Within one target the first name is the best evidence: a time with
a zone comes before one without, a person's name before a number. See docs on sources for where each was seen.
"""

import re
from collections.abc import Mapping

from scanners.exports.tables.unfolding import FACET, without_envelope

LOCATION = "original_location"
FOLDER = "folder"
NAME = "name"
TITLE = "title"
RELATIVE_PATH = "relative_path"
SITE = "site"
LIBRARY = "library"
KIND = "kind"
SIZE = "size_bytes"
CREATED = "created"
MODIFIED = "modified"
CREATED_BY = "created_by"
MODIFIED_BY = "modified_by"
CONTENT_TYPE_NAME = "content_type_name"
CONTENT_TYPE_ID = "content_type_id"
VERSION_LABEL = "version_label"
VERSION_NUMBER = "version_number"
VERSION_MAJOR = "version_major"
VERSION_MINOR = "version_minor"
VERSIONS = "versions"
LEVEL = "is_draft"
CHECKED_OUT_TO = "checked_out_to"
CHECKOUT_TYPE = "checkout_type"
LABEL_NAME = "label.name"
LABEL_APPLIED = "label.applied"
LABEL_APPLIED_BY = "label.applied_by"
LABEL_FLAGS = "label.flags"
LABEL_EXPLICIT = "label.is_explicit"
LABEL_SETTINGS = "label.type"
IS_DECLARED = "state.is_declared"
IS_LOCKED = "state.is_locked"
IS_ON_HOLD = "state.is_on_hold"
SENSITIVITY = "sensitivity_label"
PERMISSIONS = "permissions"
IS_DELETED = "is_deleted"
CONTENT = "content"
EXTENSION = "extension"

TIME_TARGETS = (CREATED, MODIFIED, LABEL_APPLIED)
HASHES = "hashes."
IDS = "source_ids."

# What an account calls unknown when no column states it.
KNOWABLE = (
    *(LOCATION, NAME, KIND, SIZE, CREATED, MODIFIED, CREATED_BY, MODIFIED_BY, CONTENT_TYPE_NAME, VERSION_LABEL),
    *(LABEL_NAME, IS_DECLARED, IS_ON_HOLD, CHECKED_OUT_TO, SENSITIVITY, "hashes", "source_ids.unique_id"),
)

ALIASES: Mapping[str, tuple[str, ...]] = {
    LOCATION: (
        *("fileref", "serverrelativeurl", "serverrelativepath", "encodedabsurl", "fullpath", "filepath", "fullname"),
        *("documentpath", "originalpath", "compoundpath", "objecturl", "listurl", "fileurl", "sourcepath", "source"),
        *("path", "documenturl", "weburl", "linkingurl", "url", "siteurl"),
    ),
    FOLDER: (
        "filedirref",
        "dirname",
        "folderpath",
        "parentpath",
        "directoryname",
        "directory",
        "folder",
        "parentreferencepath",
    ),
    NAME: (
        *("fileleafref", "leafname", "filename", "name", "nativefilename", "linkfilename", "linkfilenamenomenu"),
        *("documentname",),
    ),
    TITLE: ("title", "subjectortitle"),
    SITE: ("sitecollectionurl", "siteurl", "site"),
    LIBRARY: ("parentlisttitle", "listtitle", "library", "libraryname", "documentlibrary", "listname"),
    KIND: (
        *("fsobjtype", "filesystemobjecttype", "itemtype", "isdir", "isfolder", "psiscontainer", "type", "objecttype"),
        *("package.facet", "remoteitem.facet", "folder.facet", "list.facet", "file.facet"),
    ),
    SIZE: (
        *("length", "size", "filesize", "sizebytes", "sizeinbytes", "filesizebytes", "filesizeinbytes", "vtifilesize"),
        *("smtotalfilestreamsize", "filesizedisplay", "nativesize", "storageusedbyte"),
    ),
    CREATED: (
        *("timecreated", "createddatetime", "o365datecreated", "creationtimeutc", "createddate", "created"),
        *("creationtime", "creationdate", "datecreated", "createdat", "createdon", "metadatabtime", "vtitimecreated"),
    ),
    MODIFIED: (
        *("timelastmodified", "lastmodifieddatetime", "o365datemodified", "lastwritetimeutc", "modtime", "modified"),
        *("lastmodified", "lastmodifieddate", "datemodified", "modifieddate", "modifiedat", "modifiedon"),
        *("lastwritetime", "lastchange", "lastitemmodifieddate", "vtitimelastmodified"),
    ),
    CREATED_BY: (
        *("author", "createdby", "authoremail", "authorname", "o365createdby", "senderorcreatedby", "vtiauthor"),
        *("metadatacreatedbydisplayname", "authorid", "authorlookupid"),
    ),
    MODIFIED_BY: (
        *("editor", "modifiedby", "lastmodifiedby", "editoremail", "o365modifiedby", "modifiedbydisplayname"),
        *("vtimodifiedby", "modifiedbyuserid", "editorid", "editorlookupid"),
    ),
    CONTENT_TYPE_NAME: ("contenttype", "contenttypename"),
    CONTENT_TYPE_ID: ("contenttypeid", "contenttypestringid"),
    VERSION_LABEL: ("uiversionstring", "uiversionlabel", "versionlabel", "version", "vtisourcecontrolversion"),
    VERSION_NUMBER: ("uiversion",),
    VERSION_MAJOR: ("majorversion",),
    VERSION_MINOR: ("minorversion",),
    VERSIONS: ("versions",),
    LEVEL: ("level", "moderationstatus", "approvalstatus", "publicationlevel"),
    CHECKED_OUT_TO: (
        *("checkoutuser", "checkedoutbyuser", "checkedoutto", "linkcheckedouttitle", "checkoutuserid"),
        *("checkedoutbyuserid", "vtisourcecontrolcheckedoutby"),
    ),
    CHECKOUT_TYPE: ("checkouttype",),
    LABEL_NAME: (
        *("retentionlabelname", "retentionlabel", "compliancetag", "compliancelabels", "retentionlabels"),
        *("compliancetagvalue",),
    ),
    LABEL_APPLIED: ("retentionlabellabelapplieddatetime", "compliancetagwrittentime", "retentionlabelapplied"),
    LABEL_APPLIED_BY: ("retentionlabellabelappliedby", "compliancetaguserid", "retentionlabelappliedby"),
    LABEL_FLAGS: ("complianceflags", "vticomplianceflags"),
    LABEL_EXPLICIT: ("retentionlabelislabelappliedexplicitly",),
    LABEL_SETTINGS: ("retentionlabelretentionsettings",),
    IS_DECLARED: ("isrecord", "itemisarecord", "vtiitemdeclaredrecord", "declaredrecord"),
    IS_LOCKED: ("isrecordlocked", "recordlocked"),
    IS_ON_HOLD: ("vtiitemholdrecordstatus", "holdstatus", "isonhold", "onhold", "hold"),
    SENSITIVITY: ("_displayname", "sensitivitylabeldisplayname", "sensitivitylabel", "sensitivity", "vtiiplabelid"),
    PERMISSIONS: ("hasuniqueroleassignments", "hasuniquepermissions"),
    IS_DELETED: ("isdeleted", "deleted.facet", "deleted"),
    CONTENT: ("targetpath", "exportnativepath"),
    EXTENSION: ("originalfileextension", "extension"),
    f"{HASHES}md5": ("md5hash", "md5", "nativemd5", "hashesmd5", "md5checksum"),
    f"{HASHES}sha1": ("sha1hash", "sha1", "hashessha1", "filehashessha1hash", "sha1checksum"),
    f"{HASHES}sha256": (
        "sha256hash",
        "sha256",
        "hashessha256",
        "filehashessha256hash",
        "nativesha256",
        "sha256checksum",
    ),
    f"{HASHES}sha512": ("sha512hash", "sha512", "hashessha512"),
    f"{HASHES}quickxor": ("quickxorhash", "hashesquickxor", "filehashesquickxorhash"),
    f"{HASHES}crc32": ("crc32", "hashescrc32", "filehashescrc32hash"),
    f"{HASHES}unnamed": ("hash",),
    f"{IDS}unique_id": ("uniqueid", "listitemuniqueid", "sharepointidslistitemuniqueid"),
    f"{IDS}etag": ("etag", "odataetag"),
    f"{IDS}item_guid": ("guid",),
    f"{IDS}list_id": ("listid", "parentlistid", "vtilistid"),
    f"{IDS}site_id": ("siteid",),
    f"{IDS}web_id": ("webid",),
    f"{IDS}drive_id": ("parentreferencedriveid", "driveid"),
    f"{IDS}document_id": ("documentid", "docid"),
    f"{IDS}id": ("id",),
    f"{IDS}item_identity": ("itemidentity", "exportitemid"),
    f"{IDS}immutable_id": ("immutableid",),
    f"{IDS}file_id": ("fileid",),
    f"{IDS}uri": ("uri",),
    f"{IDS}source_item_id": ("sourceitemid",),
    f"{IDS}destination_item_id": ("destinationitemid",),
}
_TARGET_OF = {name: target for target, names in ALIASES.items() for name in names}
_RANK_OF = {name: rank for names in ALIASES.values() for rank, name in enumerate(names)}
TARGETS = frozenset(ALIASES)

# Fields of their own, which without the underscore would pass for others: the author a document states, and so on.
_APART = frozenset({"_author", "_version", "_status", "_category"})
_HEXADECIMAL = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ODATA = re.compile(r"OData_(?=_)")
_UNSURE_LOCATIONS = frozenset(
    {"fileurl", "path", "source", "sourcepath", "documentpath", "originalpath", "compoundpath", "url"}
)


def normalise(column: str) -> str:
    """Return the name of a column as it is looked up: decoded, without what differs between tools.

    `OData__x005f_UIVersionString` and `_UIVersionString` are one column, as are `Created_x0020_Date` and
    `Created Date`. A leading underscore is kept only where it tells two known columns apart (`_DisplayName`).
    """
    name = without_envelope(column.strip().lstrip("\ufeff")).removesuffix(".Compact")
    if name.endswith(FACET):
        return name.casefold()
    name = _HEXADECIMAL.sub(_decoded, _HEXADECIMAL.sub(_decoded, _ODATA.sub("", name)))
    bare = "".join(filter(str.isalnum, name.casefold()))
    marked = f"_{bare}"
    return marked if name.startswith("_") and (marked in _TARGET_OF or marked in _APART) else bare


def target_of(normalised: str) -> str:
    """Return what a column of this name usually means, or empty when it is not known."""
    return _TARGET_OF.get(normalised, "")


def rank_of(normalised: str) -> int:
    """Return how good an evidence a column is among those of the same target; 0 is the best."""
    return _RANK_OF.get(normalised, 0)


def may_name_folder_only(normalised: str) -> bool:
    """Tell whether tools fill such a column with the folder where the name says the whole path."""
    return normalised in _UNSURE_LOCATIONS


def _decoded(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character
