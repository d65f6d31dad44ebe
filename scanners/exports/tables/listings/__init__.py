"""Lists of files that people make with a command line: robocopy, dir and ls, read line by line as rows."""
