"""Stands in for a sandbox process where only its life matters: it answers every GET with 200 and starts at once."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Yes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ["GATEWAY_PORT"])), Yes).serve_forever()
