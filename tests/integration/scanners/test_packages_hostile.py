"""Manifests made to harm, to exhaust or to mislead; and very long ones."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import ScannerError
from scanners.exports.packages import open_package
from scanners.exports.packages.errors import PackageUnreadableError
from tests.unit.scanners.exports_packages.package_writer import (
    Document,
    Package,
    an_object,
    manifest,
)

LAUGHS = (
    "<!DOCTYPE SPObjects [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE SPObjects [<!ENTITY x SYSTEM "{}">]>'
CONTROLS = ["Manifest.xml", "SystemData.xml", "ExportSettings.xml", "UserGroup.xml"]


def a_package(folder: Path, **files: bytes) -> Path:
    Package(documents=[Document(path="a.txt")]).write(folder)
    for name, content in files.items():
        (folder / f"{name}.xml").write_bytes(content)
    return folder


def declared(folder: Path, name: str, doctype: str) -> None:
    text = (folder / name).read_text()
    declaration, _, rest = text.partition("\n")
    (folder / name).write_text(f"{declaration}\n{doctype}\n{rest}")


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, "<!DOCTYPE x>"], ids=["bomb", "outside", "empty"])
def test_a_document_type_is_refused_in_every_control_file(tmp_path: Path, name: str, doctype: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    a_package(tmp_path / "package")
    declared(tmp_path / "package", name, doctype.format(secret.as_uri()) if doctype is OUTSIDE else doctype)

    with pytest.raises(PackageUnreadableError, match="declares a document type"):
        open_package(str(tmp_path / "package"))


def test_an_entity_that_nobody_declared_is_refused(tmp_path: Path) -> None:
    a_package(tmp_path, Manifest=manifest(an_object("SPFile", "x", '<File Name="&secret;" />')))

    with pytest.raises(PackageUnreadableError, match="damaged or cut off"):
        open_package(str(tmp_path))


@pytest.mark.parametrize("name", ["Manifest", "UserGroup"])
def test_ten_thousand_levels_are_refused(tmp_path: Path, name: str) -> None:
    root = {"Manifest": "SPObjects", "UserGroup": "UserGroupMap"}[name]
    deep = f'<{root} xmlns="urn:deployment-x">{"<a>" * 10_000}{"</a>" * 10_000}</{root}>'
    a_package(tmp_path, **{name: deep.encode()})

    with pytest.raises(PackageUnreadableError, match="nested far more deeply"):
        open_package(str(tmp_path))


def test_an_object_with_endless_parts_is_refused(tmp_path: Path) -> None:
    wide = f"<File><Versions>{'<File />' * 300_001}</Versions></File>"
    a_package(tmp_path, Manifest=manifest(an_object("SPFile", "x", wide)))

    with pytest.raises(PackageUnreadableError, match="far more parts"):
        open_package(str(tmp_path))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.999])
def test_a_manifest_that_was_cut_off_is_refused_whole(tmp_path: Path, share: float) -> None:
    content = (a_package(tmp_path) / "Manifest.xml").read_bytes()
    (tmp_path / "Manifest.xml").write_bytes(content[: int((len(content) - 1) * share)])

    with pytest.raises(PackageUnreadableError):
        open_package(str(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"<SPObjects",
        b"<SPObjects>",
        b"\xff\xfe<\0",
        b'<?xml version="1.0" encoding="klingon"?><SPObjects/>',
    ],
)
def test_what_is_no_manifest_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    a_package(tmp_path, Manifest=content)

    with pytest.raises(PackageUnreadableError, match="cannot be read: "):
        open_package(str(tmp_path))


@pytest.mark.parametrize(
    "objects",
    [
        "<SPObject />",
        '<SPObject ObjectType="SPFile"><File /></SPObject>',
        '<SPObject ObjectType="SPFile" Url="/x"><ListItem DocId="" /></SPObject>',
        "<SPObject><SPObject><File Id='1'/></SPObject></SPObject>",
        "text <File /> <!-- <SPObject> --> <?x y?>",
        '<SPObject Id="1"><File Id="1" FileSize="99999999999999999999999" Version="x.y" TimeCreated="?" /></SPObject>',
        '<SPObject><RoleAssignments><RoleAssignment ScopeId="s"><x /></RoleAssignment></RoleAssignments></SPObject>',
        '<SPObject><RoleAssignments><x ObjectUrl="" /></RoleAssignments></SPObject><SPObject><File /></SPObject>',
        '<SPObject><List /></SPObject><SPObject><File Id="1" ListId="" FileSize="&#178;" /></SPObject>',
    ],
)
def test_odd_objects_break_nothing(tmp_path: Path, objects: str) -> None:
    a_package(tmp_path, Manifest=manifest(objects))

    with open_package(str(tmp_path)) as reader:
        records = list(reader.records())

    assert reader.account.records == len(records)


tags = st.sampled_from(
    ["File", "ListItem", "Folder", "List", "Roles", "RoleAssignments", "Versions", "Fields", "Field", "x:y"]
)
names = st.sampled_from(
    ["Id", "DocId", "Url", "Name", "Value", "FileValue", "FileSize", "Version", "EncodedAttributes", "ScopeId",
     "Author", "TimeCreated", "MD5Hash", "Checksum", "ListId", "RootFolderUrl", "IsGhosted", "DirName", "FileUrl"]
)  # fmt: skip
values = st.sampled_from(
    ["", "1", "a", "../x", "Name,Url", "_x0000_", "_xD800_", "2012-01-01T00:00:00", "00000000.dat"]
)


def elements(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    stated = st.dictionaries(names, values, max_size=5)

    def shown(tag: str, attributes: dict[str, str], inner: list[str]) -> str:
        said = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f'<{tag}{said} xmlns:x="urn:x">{"".join(inner)}</{tag}>'

    return st.builds(shown, tags, stated, st.lists(children, max_size=3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.recursive(elements(st.just("")), elements, max_leaves=8), max_size=6))
def test_no_manifest_raises_anything_but_our_own_errors(
    tmp_path_factory: pytest.TempPathFactory, objects: list[str]
) -> None:
    made = "".join(f'<SPObject Id="{n % 3}">{inner}</SPObject>' for n, inner in enumerate(objects))
    folder = a_package(tmp_path_factory.mktemp("odd"), Manifest=manifest(made))

    try:
        with open_package(str(folder)) as reader:
            assert all(record.protections for record in reader.records())
    except ScannerError as error:
        assert str(error)  # noqa: PT017  any of ours will do, and each has words


def test_memory_does_not_grow_with_the_manifest(tmp_path: Path) -> None:
    Package(documents=[Document(path="a.txt")]).write(tmp_path)
    count = 8_200
    with (tmp_path / "Manifest.xml").open("wb") as stream:
        stream.write(b'<SPObjects xmlns="urn:deployment-manifest-schema">\n')
        padding = "x" * 4_500
        fields = f'<Fields><Field Name="Notes" Value="{padding[:1200]}" /></Fields>'
        for number in range(count):
            identity = f"{number:08x}-7383-515e-87b8-06a1778cbfa9"
            file = f'<File Id="{identity}" Url="Docs/{number}.txt" Name="{number}.txt" CheckinComment="{padding}" />'
            item = f'<ListItem DocId="{identity}" FileUrl="Docs/{number}.txt">{fields}</ListItem>'
            stream.write(
                an_object("SPFile", identity, file).encode() + an_object("SPListItem", f"i{number}", item).encode()
            )
        stream.write(b"</SPObjects>")
    assert (tmp_path / "Manifest.xml").stat().st_size > 50_000_000
    # The peak is asked of the kernel for this program alone: getrusage would count the one that started it.
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from scanners.exports.packages import open_package\n"
        "with open_package(sys.argv[1]) as reader:\n"
        "    count = sum(1 for _ in reader.records())\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())\n"
        "print(count, peak[1])\n"
    )

    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)

    records, peak_kib = map(int, done.stdout.split())
    assert records == count
    assert peak_kib < 64 << 10
