"""The cue language: words as a records manager writes them, and one search for all of them."""
