"""What holds for every test: no network (see pyproject.toml) and two ways to run the property tests.

`dev` is quick and is the default; `ci` tries more examples and is what the gate runs. Neither has a deadline,
because a busy machine is not a bug. Choose with HYPOTHESIS_PROFILE=ci, or set CI.
"""

import os
import resource
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=40)
settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)


@pytest.fixture(autouse=True, scope="module")
def _no_limit_is_left_on_this_process() -> Iterator[None]:
    """A limit that some test forgets kills this process minutes later, in the middle of another test."""
    before = [resource.getrlimit(limit) for limit in LIMITS]
    yield
    assert [resource.getrlimit(limit) for limit in LIMITS] == before
