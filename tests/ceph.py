"""A real object server for tests: Ceph's RADOS Gateway over a store in memory, on loopback, started once.

A test that kills it starts one of its own, whose store is a file: what was in memory dies with its daemon. All daemons
stay in the foreground and die with this process, however it ends. When it cannot start, the tests that ask for it
fail: what they prove cannot be proved by a fake.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from storage.s3 import Server

_PATIENCE = 60.0  # seconds; two busy cores need ten times the 1.4 s it takes on idle ones
_GRACE = 10.0
_CONFIG = """\
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon_port}/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
keyring = {folder}/keyring
run_dir = {folder}/run
log_file = {folder}/log/$name.log
admin_socket = {folder}/run/$name.asok
crash_dir = {folder}/log
client_mount_timeout = 60
rgw_init_timeout = 60
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
ms_bind_ipv6 = false
# What makes it start in a second: the monitor, alone, need not wait for others.
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
[mon]
mon_data = {folder}/mon
mon_cluster_log_file = {folder}/log/cluster.log
[mon.a]
[osd]
osd_data = {folder}/osd
{kept}
osd_op_num_threads_per_shard = 1
osd_op_num_shards = 2
[client.rgw]
rgw_data = {folder}/rgw
# Without the second word every answer with a body waits 40 ms for the acknowledgement of its head.
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_num_rados_handles = 1
rgw_run_sync_thread = false
rgw_enable_usage_log = false
# Looks every second, not every ten, whether the store it waits for has come back elsewhere.
objecter_timeout = 1
objecter_tick_interval = 1
rgw_lc_debug_interval = -1
# A key for server-side encryption; a real server asks a key service for it.
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = testkey=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw_enable_apis = s3, sts, iam, notifications, admin
"""
_IN_MEMORY = """\
osd_objectstore = memstore
memstore_device_bytes = 2147483648"""
#: Ceph waits, for those that may still be about after a death, as long as clusters of many machines need: 30 s for a
#: gateway whenever rules of a bucket change, 16 s for a store before it lets anybody read. Here all are known dead.
_ON_DISK = """\
osd_objectstore = bluestore
bluestore_block_size = 2147483648
osd_memory_target = 939524096
osd_client_watch_timeout = 3
osd_pool_default_read_lease_ratio = 0.05"""


@dataclass
class Ceph:
    """A running gateway, and the users it knows."""

    folder: Path
    port: int
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def user(self, name: str) -> Server:
        """Make a user, who may make buckets but has no rights to others'; return how to come with their key."""
        key, secret = f"{name}-key", secrets.token_hex(16)
        self.admin("user", "create", f"--uid={name}", f"--display-name={name}", f"--access-key={key}",
                   f"--secret-key={secret}")  # fmt: skip
        return Server(self.address, key, secret, secure=False)

    def admin(self, *words: str) -> str:
        config = f"--conf={self.folder}/ceph.conf"
        return _run("radosgw-admin", config, "--name=client.rgw", "--admin-socket=", *words)

    def daemon(self, program: str, *words: str) -> None:
        """Start a daemon that the kernel kills when we end."""
        with Path(self.folder, "log", f"{program}.out").open("ab") as log:
            started = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", program, "-f", f"--conf={self.folder}/ceph.conf", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.daemons.append(started)

    def gateway(self) -> None:
        """Start the gateway, and wait until it answers."""
        self.daemon("radosgw", "--name=client.rgw")
        ends = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > ends or any(each.poll() is not None for each in self.daemons):
                raise RuntimeError(f"Ceph does not start:\n{self._said()}")
            time.sleep(0.05)

    def stop_gateway(self) -> None:
        """End the gateway; what it stored stays.

        Killed outright it is awaited by the next one, for 30 s, at every change of a bucket's rules.
        """
        gateway = self.daemons.pop()
        gateway.terminate()
        try:
            gateway.wait(_GRACE)
        except subprocess.TimeoutExpired:
            gateway.kill()
            gateway.wait()

    def kill(self, count: int = 3) -> None:
        """End the last *count* of monitor, store and gateway as the kernel would for want of memory."""
        for _ in range(min(count, len(self.daemons))):
            daemon = self.daemons.pop()
            daemon.kill()
            daemon.wait()

    def start(self) -> None:
        """Start what does not run, and wait until the gateway answers."""
        for program, number in (("ceph-mon", "a"), ("ceph-osd", "0"))[len(self.daemons) :]:
            self.daemon(program, "-i", number)
        self.gateway()

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://{self.address}/", timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code < 500
        except OSError:
            return False
        return True

    def _said(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in Path(self.folder, "log").glob("*.out"))


@cache
def ceph() -> Ceph:
    """Return the server of this test run, started when it is first asked for."""
    lent = _lent(_IN_MEMORY)
    server = lent.__enter__()
    atexit.register(lent.__exit__, None, None, None)
    return server


def a_ceph() -> AbstractContextManager[Ceph]:
    """Lend a server of one's own, for tests that kill its daemons; what it confirmed outlives them."""
    return _lent(_ON_DISK)


@contextmanager
def _lent(kept: str) -> Iterator[Ceph]:
    folder = Path(tempfile.mkdtemp(prefix="ceph-"))
    for name in ("mon", "osd", "rgw", "run", "log"):
        (folder / name).mkdir()
    server = Ceph(folder, _free_port())
    try:
        _make_cluster(server, mon_port=_free_port(), kept=kept)
        server.gateway()
        yield server
    finally:
        server.stop()


def fresh_prefix() -> str:
    """Return a prefix that no test has had: its buckets are nobody else's."""
    return f"t{uuid.uuid4().hex[:10]}-"


def _make_cluster(server: Ceph, *, mon_port: int, kept: str) -> None:
    folder, fsid = server.folder, str(uuid.uuid4())
    config, keyring, monmap = folder / "ceph.conf", folder / "keyring", folder / "monmap"
    config.write_text(_CONFIG.format(folder=folder, fsid=fsid, mon_port=mon_port, port=server.port, kept=kept))
    every = {"mon": "allow *", "osd": "allow *", "mgr": "allow *"}
    rights = {
        "mon.": {"mon": "allow *"},
        "client.admin": every,
        "client.rgw": {"mon": "allow rwx", "osd": "allow rwx"},
        "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
    }
    for number, (name, caps) in enumerate(rights.items()):
        words = [word for what, right in caps.items() for word in ("--cap", what, right)]
        _run("ceph-authtool", str(keyring), *([] if number else ["--create-keyring"]), "--gen-key", "-n", name, *words)
    _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", str(monmap))
    _run("ceph-mon", f"--conf={config}", "--mkfs", "-i", "a", f"--monmap={monmap}", f"--keyring={keyring}")
    server.daemon("ceph-mon", "-i", "a")
    osd = str(uuid.uuid4())
    _run("ceph", f"--conf={config}", "osd", "new", osd)
    _run("ceph-osd", f"--conf={config}", "-i", "0", "--mkfs", "--osd-uuid", osd)
    server.daemon("ceph-osd", "-i", "0")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return done.stdout
