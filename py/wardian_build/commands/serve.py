"""Build the site and serve it on this machine, with the headers that seal it.

With --watch, a change in py/wardian, app/ or static/ rebuilds what depends on it and reloads open pages; the
service worker is switched off meanwhile, so that it cannot answer with an older page.
"""

from __future__ import annotations

import argparse
import signal
import threading
import webbrowser

from wardian_build import paths, progress, serve, watch
from wardian_build.commands.options import add_only
from wardian_build.errors import BuildError
from wardian_build.site import build_site

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=8000, help="port to listen on; 0 takes a free one (default: 8000)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the default browser")
    parser.add_argument("--watch", action="store_true", help="rebuild what changes and reload open pages")
    parser.add_argument(
        "--no-isolation",
        action="store_true",
        help="send none of the headers, as a host that cannot: shows what the service worker makes up for",
    )
    add_only(parser)


def run(arguments: argparse.Namespace) -> int:
    folder = paths.BUILD / "watched" if arguments.watch else paths.SITE
    build_site(folder, arguments.only, watch=arguments.watch)
    server_class = watch.WatchServer if arguments.watch else serve.Server
    headers = "none" if arguments.no_isolation else "strict"
    try:
        server, url = serve.start(folder, arguments.port, headers, arguments.host, server_class)
    except (OSError, OverflowError) as error:
        raise BuildError(
            f"cannot listen on {arguments.host}:{arguments.port}: {error}; choose another --port"
        ) from None
    # Before anybody is told how to stop it.
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    print(f"Wardian is at {url}/  (Ctrl+C stops it)", flush=True)
    if arguments.open:
        webbrowser.open(f"{url}/")
    if isinstance(server, watch.WatchServer):
        watch.rebuild_on_change(server, lambda: build_site(folder, arguments.only, watch=True), stopped)
    stopped.wait()
    server.shutdown()
    server.server_close()
    progress.say("stopped")
    return 0
