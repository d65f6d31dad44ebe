"""What the destruction log tells people: one item's story in plain words, and the questions an auditor asks.

Read from the log's files alone, with the names and paths that are still kept beside it; the catalogue is not asked.
"""

from retention.services.log_stories.asked import Answer, LogFilter, Question, Story
from retention.services.log_stories.telling import LogStories

__all__ = ["Answer", "LogFilter", "LogStories", "Question", "Story"]
