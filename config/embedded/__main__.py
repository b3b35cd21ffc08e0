"""The command: run something with the two services beside it, or erase their data."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import psutil

from config import embedded, machine

GRACE_SECONDS = 30.0


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with machine.plainly_told():
        if options.action == "erase":
            embedded.erase(options.root)
            return 0
        machine.exit_on_signals()
        with embedded.running(options.root, durable=not options.volatile) as env:
            return _run(options.command, env)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="start the services, run a command, stop the services")
    run.add_argument("--volatile", action="store_true", help="faster; data may be lost")
    run.add_argument("command", nargs="+", metavar="-- COMMAND")
    erase = actions.add_parser("erase", help="remove the services' data")
    for action in (run, erase):
        action.add_argument("--root", type=Path, default=embedded.DEFAULT_ROOT)
    return parser


def _run(command: list[str], env: embedded.Env) -> int:
    """Run the command to its end and give its exit code, 128 + n when signal n ended it.

    A signal that we get is passed on, and the command decides what it means. Ctrl-C at a
    terminal reaches the command by itself.
    """
    try:
        process = psutil.Popen(
            command,
            env=os.environ | env,
            preexec_fn=machine.tied_to_us(signal.SIGTERM),
        )
    except OSError as error:
        raise machine.Trouble(f"{command[0]} cannot be started: {error.strerror}.") from error

    def pass_on(number: int, _: FrameType | None) -> None:
        if not (number == signal.SIGINT and os.isatty(0)):
            process.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code: int = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
