"""Fingerprints that people can read aloud: twelve plain words for a public key.

Leaf of the room. Each word carries one byte of a SHA-256, so twelve carry 96 bits: enough that nobody finds
a second key with the same words. The list is part of the log format and never changes.
"""

from hashlib import sha256

FINGERPRINT_WORDS = 12

_LIST = """
acorn actor amber angle ankle apple apron arch arrow atlas attic award
bacon badge baker banjo barn basin beach beard bench berry birch blade
blanket bloom board boat bonnet book boot bottle bowl branch bread brick
bridge broom brush bucket bugle bulb butter cabin cable cactus camel candle
canoe canvas carpet carrot castle cedar chain chalk cherry chess chimney cider
circle clay cliff clock cloud clover coal cobweb coffee comet copper coral
corner cotton cousin cradle crane crayon cricket crown curtain daisy dancer desk
dinner dolphin donkey door dragon drawer drum eagle easel echo elbow elder
engine fabric falcon farmer feather fence ferry fiddle finch flagon flame flour
flute forest fossil fountain fox frost fruit garden garlic gate ginger glass
glove goat gravel grape guitar hammer harbour harp hazel heart hedge heron
hill hinge honey hood horse hotel island ivory jacket jam jelly jewel
jigsaw jug juniper kettle key kitchen kite knot ladder lagoon lamp lantern
lark leaf lemon letter lily lizard lobster locket lunch magnet mango maple
marble market meadow melon mill mirror mitten monkey moon mortar mosaic mouse
museum music mustard napkin needle nest nettle oak ocean olive onion orange
orchard otter oven owl oyster paddle palace panda paper parcel parrot pasta
peach pebble pencil pepper piano picnic pigeon pillow pilot planet plum pocket
pond poppy potato puzzle quarry quilt rabbit radio raft ribbon river robin
rocket saddle sailor salmon sandal scarf silver spider spoon stable stork sugar sunset table
tailor teapot thimble thistle tiger toffee trumpet tulip turnip velvet violin walnut
willow window
"""

WORDS = tuple(_LIST.split())

_BYTE_VALUES = 256
if len(set(WORDS)) != _BYTE_VALUES:
    raise RuntimeError(f"the word list must hold {_BYTE_VALUES} different words, it holds {len(set(WORDS))}")


def fingerprint_words(*keys: str) -> tuple[str, ...]:
    """Give the twelve words of a public key's text form, or of several keys that sign together, in their order."""
    digest = sha256("\n".join(keys).encode("utf-8")).digest()
    return tuple(WORDS[byte] for byte in digest[:FINGERPRINT_WORDS])
