"""Metrics: for whoever has the token, and of all processes together where they share a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ANSWERED = r'storefront_requests_total\{endpoint="health.process",method="GET",status="200"\} ([0-9.]+)'
PROCESS = """
from storefront import create_app
client = create_app().test_client()
client.get("/healthz")
print(client.get("/metrics").get_data(as_text=True))
"""


def count_after(processes: int, folder: Path, **environment: str) -> float:
    """How many looks at /healthz the last of some processes tells of, each of which made one."""
    settings = {"SHOP_ENV": "test", "DATA_DIR": str(folder), "BASE_URL": "http://localhost", **environment}
    told = ""
    for _ in range(processes):
        command = [sys.executable, "-c", PROCESS]
        told = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=True).stdout
    found = re.search(ANSWERED, told)
    assert found, told
    assert 'storefront_waiting{queue="mail"} 0.0' in told
    return float(found[1])


def test_processes_that_share_a_folder_are_counted_together(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "shop.sqlite")
    shared = tmp_path / "metrics"
    shared.mkdir()
    assert count_after(2, tmp_path, PROMETHEUS_MULTIPROC_DIR=str(shared)) == 2
    assert count_after(2, tmp_path) == 1


class TestWithAToken:
    @pytest.fixture
    def app_settings(self):
        return {"metrics_token": "a-token"}

    @pytest.mark.parametrize(
        ("sent", "status"),
        [({}, 404), ({"Authorization": "Bearer wrong"}, 404), ({"Authorization": "Bearer a-token"}, 200)],
    )
    def test_nobody_else_sees_them(self, client, sent, status):
        assert client.get("/metrics", headers=sent).status_code == status


def test_without_one_only_this_machine_sees_them(client):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.168.1.8"}).status_code == 404
