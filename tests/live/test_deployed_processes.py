"""What docker-compose.yml starts, started the same way without an engine: our commands, users, files and variables.

Servers are the real ones, the object server by its own start script. Only addresses and folders are translated; our
processes are shut in as the compose file says: no rights, a root file system that is read-only, and another user, where
whoever runs the tests may become one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, SAMPLES
from minio import Minio
from postgres import a_ledger_url
from queue_plant import wait_until
from rabbit import Rabbit
from served import free_port, get

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOSSIER = "H15.50.05.13-261120-0001"
SCANNER, STATION = "may-quet-1", "TP-01"
#: A mount namespace of one's own in which only /var/lib/sohoa and /tmp can be written, then a user without rights. The
#: checkout and the interpreter are put back where they were when they lie below /tmp or in the home of root, which
#: that user may not enter.
SHUT_IN = """
set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/var /mnt/run /mnt/app /mnt/python
mount --bind "$0" /mnt/var
mount --bind "$1" /mnt/run
mount --bind "$2" /mnt/app
mount --bind "$3" /mnt/python
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir /var/lib/sohoa
mount --bind /mnt/var /var/lib/sohoa
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/secrets
mount --bind /mnt/run /run/secrets
umount /mnt/var /mnt/run
mount -t tmpfs -o mode=1777 tmpfs /tmp
case "$2:$3" in /root/*|*:/root/*) mount -t tmpfs -o mode=755 tmpfs /root;; esac
[ -d "$2" ] || { mkdir -p "$2"; mount --bind /mnt/app "$2"; }
[ -d "$3" ] || { mkdir -p "$3"; mount --bind /mnt/python "$3"; }
mount -o remount,bind,ro /
cd /var/lib/sohoa
shift 3
exec setpriv --pdeathsig KILL USER --bounding-set=-all --no-new-privs -- "$@"
"""
#: Without being root, one is root of a user namespace alone, in which there is no other user to become.
ROOT_HERE = os.geteuid() == 0
ENTER = ["unshare", "--mount"] if ROOT_HERE else ["unshare", "--user", "--map-root-user", "--mount"]
LEAVE = SHUT_IN.replace("USER", "--reuid 10350 --regid 10350 --clear-groups" if ROOT_HERE else "")


@dataclass
class Province:
    """The servers, and our processes by the names of their services."""

    folder: Path
    addresses: dict[str, str]
    started: dict[str, subprocess.Popen[bytes]]
    ports: dict[str, int]

    def secret(self, name: str) -> str:
        return (self.folder / "deploy" / "secrets" / name).read_text(encoding="utf-8").split()[0]

    def words(self, service: str, *more: str) -> tuple[list[str], dict[str, str]]:
        """Return how the service is started here, and with which variables."""
        said = COMPOSE["services"][service]
        command = [*said.get("entrypoint", ["sohoa"]), *said.get("command", []), *more]
        assert command[0] == "sohoa"
        run = self.folder / "run" / service
        run.mkdir(parents=True)
        for name in said["secrets"]:
            source = COMPOSE["secrets"][name]["file"]
            shutil.copy(self.folder / source, run / name)
        for each in said["configs"]:
            text = (ROOT / COMPOSE["configs"][each["source"]]["file"]).read_text(encoding="utf-8")
            (run / "sohoa.toml").write_text(self.translated(text), encoding="utf-8")
        var = self.folder / "var" / service
        var.mkdir(parents=True)
        for each in (run, *run.iterdir(), var) if ROOT_HERE else ():
            os.chown(each, 10350, 10350)
        self.ports[service] = free_port()
        variables = {name: self.translated(str(text)) for name, text in said["environment"].items()}
        asked = "SOHOA_WEB" if "SOHOA_WEB" in variables else "SOHOA_HEALTH"
        variables |= {asked: f"127.0.0.1:{self.ports[service]}", "SOHOA_VAR": "/var/lib/sohoa"}
        variables |= {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        ours = [sys.executable, "-m", "workers.cli", *command[1:]]
        places = map(str, (var, run, ROOT, sys.base_prefix))
        return [*ENTER, "sh", "-c", LEAVE, *places, *ours], variables

    def translated(self, text: str) -> str:
        for inside, here in self.addresses.items():
            text = text.replace(inside, here)
        return re.sub(r"\$\{\w+:-(\w+)\}", r"\1", text.replace("/etc/sohoa.toml", "/run/secrets/sohoa.toml"))

    def run(self, service: str, *more: str) -> subprocess.CompletedProcess[str]:
        words, variables = self.words(service, *more)
        return subprocess.run(words, env=variables, capture_output=True, text=True, timeout=120, check=False)

    def start(self, service: str) -> None:
        words, variables = self.words(service)
        with (self.folder / f"{service}.log").open("wb") as log:
            self.started[service] = subprocess.Popen(words, env=variables, stdout=log, stderr=log)

    def said(self) -> str:
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-3000:]}" for log in self.folder.glob("*.log"))

    def client(self, user: str) -> Minio:
        host = self.addresses["http://s3:8000"].removeprefix("http://")
        secret = self.secret(f"s3/{user}")
        # With a region, or the client asks for it, which a scanner may not.
        return Minio(host, access_key=user, secret_key=secret, secure=False, region="us-east-1")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    for each in (folder, *folder.parents[:2]):  # the user of the image has to come through
        each.chmod(each.stat().st_mode | 0o011)
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([folder / "deploy" / "make-secrets", SCANNER], check=True, capture_output=True)
    rabbit = Rabbit(folder_of(folder / "rabbit"))
    config = rabbit.folder / "rabbitmq.conf"
    ours = [(folder / "deploy" / name).read_text() for name in ("rabbitmq.conf", "secrets/queue.conf")]
    config.write_text("\n".join([f"listeners.tcp.1 = 127.0.0.1:{rabbit.port}", *ours]))
    object_server = free_port()
    s3 = start_object_server(folder, object_server)
    with a_ledger_url("postgresql", folder, tables=False) as ledger:
        try:
            rabbit.start()
            made = Province(
                folder,
                {
                    "http://s3:8000": f"http://127.0.0.1:{object_server}",
                    "postgresql+psycopg://sohoa@ledger:5432/sohoa": ledger,
                    "@queue:5672": f"@127.0.0.1:{rabbit.port}",
                },
                {},
                {},
            )
            wait_until(lambda: get(object_server, "/")[0] == 200, seconds=90)
            yield made
        finally:
            for process in made.started.values():
                process.kill()
                process.wait()
            s3.terminate()
            s3.wait(60)
            rabbit.stop()


def folder_of(path: Path) -> Path:
    path.mkdir()
    return path


def start_object_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    variables = {
        "PATH": os.environ["PATH"],
        "CEPH_DATA": str(folder / "ceph"), "CEPH_RUN": str(folder / "ceph-run"), "S3_ADDRESS": f"127.0.0.1:{port}",
        "S3_GIB": "4", "S3_USERS": str(folder / "deploy/secrets/s3"), "MON_PORT": str(free_port()),
    }  # fmt: skip
    with (folder / "s3.log").open("wb") as log:
        return subprocess.Popen([ROOT / "deploy/s3/start"], env=variables, stdout=log, stderr=log)


def deposit(province: Province) -> None:
    client, folder = province.client(SCANNER), SAMPLES / "dossiers" / DOSSIER
    for path in sorted(folder.iterdir()):
        client.fput_object("sohoa-deposits", f"{STATION}/{DOSSIER}/{path.name}", str(path))


def numbers(province: Province, service: str) -> str:
    return get(province.ports[service], "/metrics")[1]


def test_the_services_of_the_compose_file_take_a_dossier_from_a_scanner_to_its_seal(province: Province) -> None:
    """One story, in the order of the compose file's head: secrets, rights, roles, a deposit, the end."""
    done = province.run("setup", "--scanner", f"{STATION}={SCANNER}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    for service in ("watcher", "sealer", "reader", "web"):
        province.start(service)
    try:
        for service in province.started:
            wait_until(lambda service=service: ready(province, service), seconds=120)
        deposit(province)
        wait_until(lambda: sealed(province), seconds=120)
    except BaseException:
        print(province.said())  # noqa: T201 -- why it failed
        raise
    # The one-stop software takes it from the door, with the token that was made for it, and has what was sealed.
    files = json.loads(asked(province, f"/api/v1/dossiers/{DOSSIER}/versions/1"))["files"]
    assert {"TP01-01.pdf", "manifest.json", "manifest.json.p7s"} <= {each["name"] for each in files}
    for each in files:
        assert hashlib.sha256(asked(province, each["href"])).hexdigest() == each["sha256"]
    assert DOSSIER in asked(province, "/", "web_watch").decode()
    assert get(province.ports["web"], f"/api/v1/dossiers/{DOSSIER}")[0] == 401
    # What it did was counted by whoever did it, and the image may be stopped without breaking anything off.
    assert "sohoa_pages_total 6.0" in numbers(province, "reader")
    for service, process in province.started.items():
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, service


def asked(province: Province, path: str, token: str = "web_token") -> bytes:
    """Return what the door answers to the holder of a token of deploy/secrets."""
    request = urllib.request.Request(f"http://127.0.0.1:{province.ports['web']}{path}")
    request.add_header("Authorization", f"Bearer {province.secret(token)}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


def ready(province: Province, service: str) -> bool:
    """Whether a service says that it can work; the door says so to Prometheus alone."""
    if service != "web":
        return get(province.ports[service], "/ready") == (200, "{}")
    try:
        return asked(province, "/ready", "web_watch") == b"{}"
    except OSError:
        return False


def sealed(province: Province) -> bool:
    """Whether a version of the dossier stands in the store, which is written after its manifest is sealed."""
    found = province.client("sohoa-web").list_objects("sohoa-records", prefix="dossiers/", recursive=True)
    return any(DOSSIER in str(each.object_name) for each in found)
