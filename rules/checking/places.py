"""Where the classes and their keys stand in a schedule file, so that advice can name a line."""

from collections.abc import Mapping

from rules.loading.yaml_reading import Findings, ListNode, MappingNode, Node, Place, TextNode, read_yaml

_BEGINNING = Place(line=1, column=1)
SCHEDULE = ""  # where a class's id stands in other keys, the head of the schedule has this


def places_in(text: str) -> Mapping[tuple[str, str], Place]:
    """Return the place of every key of every class of `text`: by class id (`SCHEDULE`: the head's) and key.

    The place of a class itself stands at the key `id`. `text` is a schedule that loads; of any other the places
    are those that could be read.
    """
    root = read_yaml(text, Findings(file=""))
    found: dict[tuple[str, str], Place] = {}
    if not isinstance(root, MappingNode):
        return found
    _add(found, SCHEDULE, root.entries.get("schedule"))
    classes = root.entries.get("classes")
    for node in classes.items if isinstance(classes, ListNode) else ():
        named = node.entries.get("id") if isinstance(node, MappingNode) else None
        if isinstance(named, TextNode):
            _add(found, named.text.strip(), node)
    return found


def _add(found: dict[tuple[str, str], Place], owner: str, node: Node | None) -> None:
    if isinstance(node, MappingNode):
        found.update({(owner, key): place for key, place in node.key_places.items()})


def place_of(places: Mapping[tuple[str, str], Place], class_id: str, key: str) -> Place:
    """Return the place of a class's key, else of the class, else of the beginning."""
    return places.get((class_id, key)) or places.get((class_id, "id")) or _BEGINNING
