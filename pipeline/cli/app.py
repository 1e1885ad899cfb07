"""Read the command line, call the command, end with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from pipeline.cli.show import INTERRUPTED, fault
from pipeline.cli.trust_app import trust_app
from pipeline.errors import Fault, SohoaError, Usage
from pipeline.log import log_fault
from pipeline.messages import say
from pipeline.nursery import nursery
from pipeline.settings import read_settings

if TYPE_CHECKING:
    from pipeline.doctor import Try
    from pipeline.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=say("help.sohoa"),
)
procedures_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("help.procedures"))
app.add_typer(procedures_app, name="procedures")
app.add_typer(trust_app, name="trust")

#: Days before the end in which something is renewed: `signing.RENEW_BEFORE`, whose package takes long to load.
RENEW_WITHIN = 180

#: What ``sohoa doctor`` is to try besides: filled by whoever widens this door.
also_examined: list[Callable[[Settings], Sequence[Try]]] = []

AsJson = Annotated[bool, typer.Option("--json", help=say("help.json"))]


@app.command(help=say("help.run"))
def run(
    deposits: Annotated[list[Path], typer.Argument(metavar="DEPOSIT...", help=say("help.deposits"))],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=say("help.out"))] = Path("out"),
    procedure: Annotated[str | None, typer.Option("--procedure", metavar="CODE", help=say("help.procedure"))] = None,
    sidecar: Annotated[str | None, typer.Option("--sidecar", metavar="KINDS", help=say("help.sidecar"))] = None,
    as_json: AsJson = False,
) -> None:
    """Digitise deposits."""
    nursery()
    from pipeline.cli.run import run_command  # noqa: PLC0415 -- loads OpenCV and Tesseract

    settings = read_settings(os.environ)
    raise typer.Exit(run_command(settings, deposits, out=out, procedure=procedure, sidecar=sidecar, as_json=as_json))


@app.command(help=say("help.verify"))
def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help=say("help.paths"))],
    trust: Annotated[list[str] | None, typer.Option("--trust", metavar="SETS", help=say("help.trust"))] = None,
    report: Annotated[str | None, typer.Option("--report", metavar="KINDS", help=say("report.help-formats"))] = None,
    report_dir: Annotated[Path | None, typer.Option("--report-dir", metavar="DIR", help=say("report.help-dir"))] = None,
    as_json: AsJson = False,
) -> None:
    """Check signatures and hashes."""
    nursery("pipeline.judging")
    from pipeline.cli.verify import verify_command  # noqa: PLC0415 -- loads pyHanko

    settings, known = read_settings(os.environ), trust or []
    code = verify_command(settings, paths, trust=known, as_json=as_json, report=report, report_dir=report_dir)
    raise typer.Exit(code)


@app.command(help=say("help.status"))
def status(
    dossier: Annotated[str | None, typer.Argument(metavar="[DOSSIER]", help=say("help.dossier"))] = None,
    as_json: AsJson = False,
) -> None:
    """Tell where dossiers stand."""
    from pipeline.cli.status import status_command  # noqa: PLC0415 -- loads SQLAlchemy

    raise typer.Exit(status_command(read_settings(os.environ), dossier, as_json=as_json))


@app.command(help=say("help.doctor"))
def doctor(as_json: AsJson = False) -> None:
    """Try everything the installation needs."""
    from pipeline.cli.checkup import doctor_command  # noqa: PLC0415 -- loads everything

    settings = read_settings(os.environ)
    also = [each for tries in also_examined for each in tries(settings)]
    raise typer.Exit(doctor_command(settings, as_json=as_json, also=also))


@app.command(help=say("help.audit"))
def audit(
    trust: Annotated[list[str] | None, typer.Option("--trust", metavar="SETS", help=say("help.trust"))] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help=say("help.rebuild"))] = False,
    catch_up: Annotated[bool, typer.Option("--catch-up", help=say("help.catch-up"))] = False,
    as_json: AsJson = False,
) -> None:
    """Hash everything stored again, or enter into the ledger what the store knows."""
    settings = read_settings(os.environ)
    if rebuild or catch_up:
        from pipeline.cli.rebuild import rebuild_command  # noqa: PLC0415 -- loads pyHanko

        raise typer.Exit(rebuild_command(settings, behind=catch_up, as_json=as_json))
    from pipeline.cli.checkup import audit_command  # noqa: PLC0415 -- loads pyHanko

    raise typer.Exit(audit_command(settings, trust=trust or [], as_json=as_json))


@app.command(help=say("help.backup"))
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("help.backup-folder"))],
    as_json: AsJson = False,
) -> None:
    """Copy ledger and store."""
    from pipeline.cli.backup import backup_command  # noqa: PLC0415 -- loads SQLAlchemy

    raise typer.Exit(backup_command(read_settings(os.environ), folder, as_json=as_json))


@app.command(help=say("help.separator"))
def separator(
    *,
    dossier: Annotated[str, typer.Option("--dossier", metavar="CODE", help=say("help.separator-dossier"))],
    procedure: Annotated[str, typer.Option("--procedure", metavar="CODE", help=say("help.procedure-code"))],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=say("help.separator-out"))] = Path("sheets.pdf"),
    component: Annotated[
        list[str] | None, typer.Option("--component", metavar="CODE", help=say("help.separator-component"))
    ] = None,
    pages: Annotated[list[int] | None, typer.Option("--pages", metavar="N", help=say("help.separator-pages"))] = None,
    copy: Annotated[list[str] | None, typer.Option("--copy", metavar="CODE", help=say("help.separator-copy"))] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="CODE", help=say("help.separator-case"))] = None,
    station: Annotated[
        str | None, typer.Option("--station", metavar="CODE", help=say("help.separator-station"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print separator sheets."""
    from pipeline.cli.separator import separator_command  # noqa: PLC0415 -- loads the fonts and SQLAlchemy

    code = separator_command(
        read_settings(os.environ),
        dossier=dossier,
        procedure=procedure,
        case=case,
        station=station,
        components=component or [],
        pages=pages or [],
        copies=copy or [],
        out=out,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command(help=say("help.renew"))
def renew(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("help.dry-run"))] = False,
    within: Annotated[
        int, typer.Option("--within", metavar="DAYS", min=0, max=36_500, help=say("help.within"))
    ] = RENEW_WITHIN,
    as_json: AsJson = False,
) -> None:
    """Renew what soon runs out."""
    from pipeline.cli.renew import renew_command  # noqa: PLC0415 -- loads pyHanko

    raise typer.Exit(renew_command(read_settings(os.environ), dry_run=dry_run, within=within, as_json=as_json))


@app.command(help=say("help.batch"))
def batch(as_json: AsJson = False) -> None:
    """Put manifests under one time stamp."""
    from pipeline.cli.batch import batch_command  # noqa: PLC0415 -- loads pyHanko

    raise typer.Exit(batch_command(read_settings(os.environ), as_json=as_json))


@app.command("settings", help=say("help.settings"))
def settings_(
    as_toml: Annotated[bool, typer.Option("--toml", help=say("help.settings-toml"))] = False, as_json: AsJson = False
) -> None:
    """List all settings."""
    from pipeline.cli.settings import settings_command, toml_text  # noqa: PLC0415 -- only here

    if as_toml:
        sys.stdout.write(toml_text())
        raise typer.Exit(0)
    raise typer.Exit(settings_command(os.environ, as_json=as_json))


@app.command("setup-storage", help=say("help.setup-storage"))
def setup_storage(
    worker: Annotated[list[str] | None, typer.Option("--worker", metavar="USER", help=say("help.setup-worker"))] = None,
    web: Annotated[list[str] | None, typer.Option("--web", metavar="USER", help=say("help.setup-web"))] = None,
    auditor: Annotated[
        list[str] | None, typer.Option("--auditor", metavar="USER", help=say("help.setup-auditor"))
    ] = None,
    scanner: Annotated[
        list[str] | None, typer.Option("--scanner", metavar="STATION=USER", help=say("help.setup-scanner"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make buckets and give rights."""
    from pipeline.cli.storage import setup_command  # noqa: PLC0415 -- loads the client

    settings = read_settings(os.environ)
    code = setup_command(
        settings, workers=worker or [], webs=web or [], auditors=auditor or [], scanners=scanner or [], as_json=as_json
    )
    raise typer.Exit(code)


@procedures_app.command("import", help=say("help.procedures-import"))
def procedures_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("help.catalogue-file"))],
    as_json: AsJson = False,
) -> None:
    """Put a catalogue file into the ledger."""
    from pipeline.cli.procedures import import_command  # noqa: PLC0415 -- loads SQLAlchemy

    raise typer.Exit(import_command(read_settings(os.environ), file, as_json=as_json))


@procedures_app.command("list", help=say("help.procedures-list"))
def procedures_list(as_json: AsJson = False) -> None:
    """List the procedures."""
    from pipeline.cli.procedures import list_command  # noqa: PLC0415 -- as above

    raise typer.Exit(list_command(read_settings(os.environ), as_json=as_json))


@procedures_app.command("show", help=say("help.procedures-show"))
def procedures_show(
    code: Annotated[str, typer.Argument(metavar="CODE", help=say("help.procedure-code"))],
    as_json: AsJson = False,
) -> None:
    """Show one procedure."""
    from pipeline.cli.procedures import show_command  # noqa: PLC0415 -- as above

    raise typer.Exit(show_command(read_settings(os.environ), code, as_json=as_json))


def _ours(error: Exception) -> SohoaError:
    """Make a foreign error ours; what is our fault goes into the log."""
    if not isinstance(error, SohoaError):
        from pipeline.translate import translated  # noqa: PLC0415 -- loads SQLAlchemy

        error = translated(error)
    if isinstance(error, Fault):
        log_fault(error, _var())
    return error


def _var() -> Path:
    """Return the folder that faults are logged below, however wrong the settings are."""
    try:
        return read_settings(os.environ).var
    except SohoaError:
        return Path(os.environ.get("SOHOA_VAR") or "var")


def _misunderstood(error: TyperException, *, as_json: bool) -> int:
    """Tell of a call that the command line does not understand; a command without words shows its help."""
    tell = getattr(error, "format_message", error.__str__)  # typer keeps the classes that have it to itself
    said = str(tell())
    if not sys.argv[1:] or sys.argv[1:] in (["procedures"], ["trust"]):
        sys.stdout.write(said + "\n")
        return Usage.exit_code
    return fault(Usage("call-invalid", problem=said), as_json=as_json)


def main() -> None:
    """Run the command line of this process and exit."""
    as_json, code = "--json" in sys.argv, 0
    for stream in (sys.stdout, sys.stderr):  # cron and old terminals say they know ASCII only
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = app(prog_name="sohoa", standalone_mode=False)
    except TyperException as error:
        code = _misunderstood(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 -- nobody at a counter is shown a trace-back
        code = fault(_ours(error), as_json=as_json)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
