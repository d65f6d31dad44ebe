"""The Merkle tree of RFC 6962: hashes, roots and proofs. It knows nothing of files, keys or entries."""
