"""Reading tables, whatever they were saved as: delimited text, workbooks and JSON, row by row and within bounds."""
