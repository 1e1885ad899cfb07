"""Read the command line, call the command, end with its exit code."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from pipeline.cli.show import INTERRUPTED, fault
from pipeline.errors import Fault, SohoaError, Usage
from pipeline.log import log_fault
from pipeline.messages import say
from pipeline.nursery import nursery
from pipeline.settings import read_settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=say("help.sohoa"),
)
procedures_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say("help.procedures"))
app.add_typer(procedures_app, name="procedures")

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
    trust: Annotated[list[Path] | None, typer.Option("--trust", metavar="PEM", help=say("help.trust"))] = None,
    report: Annotated[str | None, typer.Option("--report", metavar="KINDS", help=say("report.help-formats"))] = None,
    report_dir: Annotated[Path, typer.Option("--report-dir", metavar="DIR", help=say("report.help-dir"))] = Path(),
    as_json: AsJson = False,
) -> None:
    """Check signatures and hashes."""
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

    raise typer.Exit(doctor_command(read_settings(os.environ), as_json=as_json))


@app.command(help=say("help.audit"))
def audit(
    trust: Annotated[list[Path] | None, typer.Option("--trust", metavar="PEM", help=say("help.trust"))] = None,
    as_json: AsJson = False,
) -> None:
    """Hash everything stored again."""
    from pipeline.cli.checkup import audit_command  # noqa: PLC0415 -- loads pyHanko

    raise typer.Exit(audit_command(read_settings(os.environ), trust=trust or [], as_json=as_json))


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
        log_fault(error, Path(os.environ.get("SOHOA_VAR") or "var"))
    return error


def _misunderstood(error: TyperException, *, as_json: bool) -> int:
    """Tell of a call that the command line does not understand; a command without words shows its help."""
    tell = getattr(error, "format_message", error.__str__)  # typer keeps the classes that have it to itself
    said = str(tell())
    if not sys.argv[1:] or sys.argv[1:] == ["procedures"]:
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
