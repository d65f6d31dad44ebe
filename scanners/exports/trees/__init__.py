"""Folders of downloaded files, joined to the list that lies beside them."""
