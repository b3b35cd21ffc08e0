"""The command: run something with the two services beside it, or erase their data."""

import argparse
import os
import sys
from pathlib import Path

from local import embedded, machine, processes


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with machine.exit_on_trouble():
        if options.action == "erase":
            embedded.erase(options.root)
            return 0
        processes.exit_on_signals()
        with embedded.running(options.root, durable=not options.volatile) as env:
            return processes.run_to_its_end(options.command, os.environ | env)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.embedded", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="start the services, run a command, stop the services")
    run.add_argument("--volatile", action="store_true", help="faster; data may be lost")
    run.add_argument("command", nargs="+", metavar="-- COMMAND")
    erase = actions.add_parser("erase", help="remove the services' data")
    for action in (run, erase):
        action.add_argument("--root", type=Path, default=embedded.DEFAULT_ROOT)
    return parser


if __name__ == "__main__":
    sys.exit(main())
