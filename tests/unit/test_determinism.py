"""The suite tries the same examples each time where it decides; people at work and drills try new ones."""

from __future__ import annotations

import os

from conftest import CI
from hypothesis import settings


def test_properties_try_the_same_examples_in_ci():
    assert settings().derandomize == (CI and "DRILL" not in os.environ)
    assert (settings().database is None) == settings().derandomize
