"""How large a file may be, so that no file, however hostile, takes long or much. A schedule is a few hundred rows."""

MOST_BYTES = 16_000_000
MOST_ROWS = 5_000
MOST_LINES = 50_000
MOST_COLUMNS = 200
MOST_CELL_CHARACTERS = 100_000
MOST_UNPACKED_BYTES = 64_000_000
MOST_PARTS = 1_000
DEEPEST = 30
DEEPEST_XML = 100
MOST_ELEMENTS = 300_000
