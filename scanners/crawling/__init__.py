"""Walking a share: what is there, in a fixed order, without opening a file."""

from scanners.crawling.crawl import crawl

__all__ = ["crawl"]
