"""``landmarks web``: the same networks in a browser."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import Any

from runtime.cli.inputs import network_files
from runtime.cli.options import HelpFormatter
from runtime.media.files.output_guard import check_folder, refuse_overwriting
from runtime.web.server import Server
from runtime.web.site import STATIC, build_site

_EPILOG = """\
examples:
  landmarks web                     serve the page on this machine and open it
  landmarks web --port 9000 --no-open
  landmarks web --out site/         write it into a folder, for any static host

The networks run inside the browser: pictures and video never leave it. Once loaded, the page works offline.
Browsers give a page the camera, and keep it for offline use, on localhost and over https only: for a phone, put the
folder that --out writes on a static host with https. --out replaces a page that was written before, nothing else.

exit codes: 0 success (also after Ctrl-C), 1 the page cannot be served or written, 2 wrong usage"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "web",
        help="a page that runs the networks in a browser",
        description="Serve a page that runs the same networks in the browser: camera, pictures and videos, with\n"
        "latency. It begins with full (Apache-2.0); a second network beside it, and those for research only, are\n"
        "loaded when they are chosen.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 is the whole network")
    parser.add_argument("--port", type=int, default=8068, metavar="N", help="port to listen on; 0 takes any free one")
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=True, help="open the page in a browser"
    )
    parser.add_argument("--out", metavar="DIR", help="write the page into this folder instead of serving it")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, also when it is ended with Ctrl-C.

    Raises:
        DependencyError: this installation was built without the page's WebAssembly.
        OptionError: no such port, or an empty host.
        WebError: the port is taken, or the folder cannot be written.
    """
    site = build_site()
    size = sum(map(len, site.files.values())) / 1e6
    if options.out is not None:
        out = Path(options.out)
        check_folder(out)
        site.check_folder(out)
        refuse_overwriting([*STATIC.rglob("*"), *network_files()], [out / path for path in site.files])
        site.write(out)
        print(f"{len(site.files)} files, {size:.1f} MB in {options.out}: put them on any static host")
        return 0
    with Server(site, options.host, options.port) as server:
        try:
            print(f"the page is at {server.url}  (Ctrl-C ends it)", flush=True)
            if not server.private:
                print("other machines reach it under this one's address; without https browsers give them no camera")
            if options.open:
                _open(server.url)
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def _open(url: str) -> None:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # a text browser would take over this terminal
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
