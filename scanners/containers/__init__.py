"""The shells that hold other content: ZIP archives and compound files, read within bounds."""
