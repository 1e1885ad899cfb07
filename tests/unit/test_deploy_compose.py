"""docker-compose.yml, checked as far as it can be without an engine. tests/live starts what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from pipeline.settings import read_settings, shapes
from web.tokens import holder_of, holders_in
from workers.roles import GRACE

FILE = ROOT / "docker-compose.yml"
KEY_FILE = ROOT / "deploy" / "compose.key.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
KEY: dict[str, Any] = yaml.safe_load(KEY_FILE.read_text(encoding="utf-8"))
NOTIFY: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.notify.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, said in SERVICES.items() if said["image"].startswith("sohoa:"))
#: Those that go on; `setup` is called by hand.
GOING = sorted(set(SERVICES) - {"setup"})
MOST_SECONDS = re.compile(r"(?:(\d+)m)?(?:(\d+)s)?")


def variables(said: dict[str, Any]) -> dict[str, str]:
    return {name: str(text) for name, text in said.get("environment", {}).items()}


def seconds(text: str) -> int:
    minutes, rest = MOST_SECONDS.fullmatch(text).groups()  # type: ignore[union-attr]
    return int(minutes or 0) * 60 + int(rest or 0)


def test_everything_that_a_province_starts_is_there() -> None:
    """Issue 5: S3 server, RabbitMQ, PostgreSQL, watcher, page workers, sealer, web, Prometheus and Grafana."""
    assert {"s3", "queue", "ledger", "watcher", "reader", "sealer", "web", "prometheus", "grafana"} <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_image_has_an_exact_tag(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.-]+)?", image), image


@pytest.mark.parametrize("name", GOING)
def test_every_service_is_looked_after(name: str) -> None:
    """It is asked whether it lives, comes back by itself, may not eat the machine, and gains no rights."""
    said = SERVICES[name]
    assert said["healthcheck"]["test"][0] == "CMD"
    assert said["restart"] == "unless-stopped"
    assert {"memory", "pids"} <= set(said["deploy"]["resources"]["limits"])
    assert "no-new-privileges:true" in said["security_opt"]
    assert said["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", [*OURS, "s3", "prometheus", "grafana"])
def test_what_may_be_shut_in_is(name: str) -> None:
    said = SERVICES[name]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert "privileged" not in said
    assert "user" not in said  # the image's own, which is not root


@pytest.mark.parametrize("name", OURS)
def test_every_variable_and_every_key_is_a_setting_of_ours(name: str, tmp_path: Path) -> None:
    """Misspelt, it would end every container of the service; so all of it is read here as the service reads it."""
    said = SERVICES[name]
    given = {key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", text) for key, text in variables(said).items()}
    assert all(key.startswith("SOHOA_") for key in given)
    if "SOHOA_CONFIG" in given:
        (config,) = said["configs"]
        assert config["target"] == given["SOHOA_CONFIG"]
        given["SOHOA_CONFIG"] = str(ROOT / COMPOSE["configs"][config["source"]]["file"])
    found = read_settings(given)
    secrets = {f"/run/secrets/{secret}" for secret in said["secrets"]}
    asked = {str(getattr(found, key)) for key in shapes() if key.endswith("_file") and getattr(found, key)}
    assert asked <= secrets, "a file is named that the container has not"
    hosts = re.findall(
        r"(?://|@)(\w+):\d+", " ".join(str(getattr(found, key)) for key in ("ledger", "queue", "store_url"))
    )
    assert set(hosts) <= set(SERVICES), "an address leads to no service"


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_the_command_line_has(name: str) -> None:
    said = SERVICES[name]
    words = [*said.get("entrypoint", ["sohoa"]), *said.get("command", [])]
    assert words[0] == "sohoa"
    shown = subprocess.run(
        [sys.executable, "-m", "workers.cli", *words[1:], "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert all(word in shown.stdout for word in words if word.startswith("--"))


def test_the_roles_of_all_services_together_are_all_roles_and_none_is_done_twice() -> None:
    """What no machine does waits for ever; two that watch are harmless, but nobody meant them."""
    from workers.serve import PARTS

    roles = [role for name in OURS for role in roles_of(name)]
    assert sorted(roles) == sorted(PARTS)


def roles_of(name: str) -> list[str]:
    words = SERVICES[name].get("command", [])
    return words[words.index("--roles") + 1].split(",") if "--roles" in words else []


def test_only_the_sealer_gets_the_key_and_a_way_out() -> None:
    def keys(services: dict[str, Any]) -> set[str]:
        return {name for name, said in services.items() if any("SIGNING" in each for each in variables(said))}

    assert keys(SERVICES) == set()  # trial
    assert keys(KEY["services"]) == {"sealer"}
    assert set(KEY["services"]) == {"sealer"}
    assert roles_of("sealer") == ["seal"]
    assert [name for name in OURS if "out" in SERVICES[name]["networks"]] == ["sealer"]
    assert {name for name, said in SERVICES.items() if "seal_p12" in said.get("secrets", [])} == set()


def test_the_agencys_key_is_set_with_names_that_the_settings_have() -> None:
    """The file is laid over the other, and both are read together."""
    said = KEY["services"]["sealer"]
    given = {name: re.sub(r"\$\{\w+:[-?](.*?)\}", r"\1", text) for name, text in variables(said).items()}
    found = read_settings(given)
    secrets = {f"/run/secrets/{secret}" for secret in said["secrets"]}
    assert {str(found.signing_p12), str(found.signing_p12_password_file), *found.trust} == secrets


def test_whoever_files_writes_notices_down_and_only_who_hands_out_turns_can_sign_and_send_them() -> None:
    """What a role is not told of, it writes down for nobody; a dossier that it turns away would be waited for."""
    laid = NOTIFY["services"]
    assert set(laid) == {name for name in OURS if roles_of(name)}
    for said in laid.values():
        given = {name: re.sub(r"\$\{\w+:[-?].*?\}", "https://a", text) for name, text in variables(said).items()}
        assert read_settings(given).notify_url == "https://a"
        assert str(read_settings(given).notify_secret_file) == "/run/secrets/notify_secret"
    sending = {name for name, said in laid.items() if "notify_secret" in said.get("secrets", [])}
    assert sending == {name for name in laid if "turns" in roles_of(name)}
    assert sending == {name for name, said in laid.items() if "out" in said.get("networks", [])}
    assert NOTIFY["secrets"]["notify_secret"]["file"].startswith("deploy/secrets/")


def test_no_secret_is_written_down() -> None:
    """Passwords, PINs and keys are files of deploy/secrets, which git does not keep."""
    for said in (*SERVICES.values(), *KEY["services"].values()):
        for name, text in variables(said).items():
            secret = re.search("PASSWORD|SECRET|_PIN|_P12", name)
            assert not secret or text.startswith("/run/secrets/"), name
    for secret in (*COMPOSE["secrets"].values(), *KEY["secrets"].values()):
        assert secret["file"].startswith("deploy/secrets/")
    assert "/secrets/" in (ROOT / "deploy" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_door_for_people_can_only_read_and_knows_neither_queue_nor_key() -> None:
    said = SERVICES["web"]
    found = read_settings(variables(said))
    assert (found.store_key, found.queue) == ("sohoa-web", "")
    assert sorted(said["secrets"]) == ["ledger_password", "s3_web", "web_tokens"]
    assert COMPOSE["secrets"]["s3_web"]["file"] == f"deploy/secrets/s3/{found.store_key}"
    assert "--web" in SERVICES["setup"]["entrypoint"]
    # On a port that is published all people come from the engine's own address: without tokens nobody would be let in.
    assert str(found.web_tokens_file) == "/run/secrets/web_tokens"
    assert said["ports"] == [f"127.0.0.1:{found.web.rpartition(':')[2]}:{found.web.rpartition(':')[2]}"]


def test_what_is_published_can_be_reached_from_this_machine_only() -> None:
    published = {name: said["ports"] for name, said in SERVICES.items() if "ports" in said}
    assert set(published) == {"s3", "web", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    outside = {name for name, said in SERVICES.items() if set(said["networks"]) - {"inner"}}
    assert outside == {"s3", "web", "grafana", "sealer"}


def test_whoever_reads_or_seals_is_given_the_time_to_finish() -> None:
    for name in ("reader", "sealer"):
        assert seconds(SERVICES[name]["stop_grace_period"]) > GRACE


def test_a_message_may_be_held_longer_than_any_work_takes() -> None:
    """By default RabbitMQ gives a message that was held for 30 minutes to a second worker."""
    said = (ROOT / "deploy" / "rabbitmq.conf").read_text(encoding="utf-8")
    assert "consumer_timeout = 10800000" in said.splitlines()


def test_readers_share_no_folder_so_that_there_may_be_several() -> None:
    assert SERVICES["reader"]["volumes"] == ["/var/lib/sohoa"]


def test_every_file_volume_network_and_secret_that_is_named_is_there() -> None:
    for name, said in SERVICES.items():
        for volume in said.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./deploy/") and "secrets" not in source:
                assert (ROOT / source).exists(), volume
            elif ":" in volume and not source.startswith("./"):
                assert source in COMPOSE["volumes"], volume
        for secret in said.get("secrets", []):
            assert (secret["source"] if isinstance(secret, dict) else secret) in COMPOSE["secrets"], name
        assert set(said["networks"]) <= set(COMPOSE["networks"])
        assert set(said.get("depends_on", {})) <= set(SERVICES)
    used = {volume.split(":")[0] for said in SERVICES.values() for volume in said.get("volumes", []) if ":" in volume}
    assert set(COMPOSE["volumes"]) <= used


def test_secrets_are_made_once_each_for_itself_and_stay(tmp_path: Path) -> None:
    shutil.copy(ROOT / "deploy" / "make-secrets", tmp_path)
    make = tmp_path / "make-secrets"
    subprocess.run([make, "may-quet-1"], check=True, capture_output=True)
    made = {path: path.read_text() for path in (tmp_path / "secrets").rglob("*") if path.is_file()}
    subprocess.run([make, "may-quet-2"], check=True, capture_output=True)

    wanted = [*COMPOSE["secrets"].values()]
    assert all((tmp_path / each["file"].removeprefix("deploy/")).is_file() for each in wanted)
    assert all(path.read_text() == text for path, text in made.items())
    words = {path: text for path, text in made.items() if path.name not in {"queue.conf", "web_tokens"}}
    assert len(set(words.values())) == len(words)
    assert all(len(text.strip()) == 48 for text in words.values())
    assert (tmp_path / "secrets" / "s3" / "may-quet-2").is_file()
    holders = holders_in((tmp_path / "secrets" / "web_tokens").read_text(), tmp_path)
    given = {name: (tmp_path / "secrets" / name).read_text().strip() for name in ("web_token", "web_watch")}
    assert [holder_of(given[name], holders) for name in given] == list(holders)
    assert [each.role for each in holders] == ["reader", "board"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert subprocess.run([make, "../x"], check=False, capture_output=True).returncode == 2


@pytest.mark.parametrize("script", ["deploy/s3/start", "deploy/s3/healthy", "deploy/make-secrets"])
def test_every_script_can_be_parsed_and_may_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True)
