"""The headers of every response: `serve` sends them, and `_headers` tells static hosts to.

`Connection-Allowlist` is the one that no known way of sending data out gets past (Chrome 152 and later); the
Content-Security-Policy is for every other browser, and COOP with COEP is what threads need.
"""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["IMMUTABLE", "MIME_TYPES", "REVALIDATE", "STRICT", "cache_control", "headers_file", "mime_type"]

STRICT = {
    "Connection-Allowlist": "(response-origin)",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; font-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), geolocation=(), usb=(), serial=(), hid=(), "
        "bluetooth=(), payment=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

#: Folders in which every path contains a hash of the content.
HASHED_FOLDERS = ("app", "static", "locales", "icons", "runtime", "packages", "models")

MIME_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".zip": "application/zip",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}


def mime_type(path: str) -> str:
    """Content type by the file name's ending; never guessed from the content, and never from the system.

    >>> mime_type("ort-wasm-simd-threaded.mjs"), mime_type("pyodide.asm.wasm"), mime_type("model.onnx")
    ('text/javascript; charset=utf-8', 'application/wasm', 'application/octet-stream')
    """
    return MIME_TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def cache_control(path: str) -> str:
    """How long a URL may be kept: for ever where it names its content, else only after asking.

    >>> cache_control("app/page-AB12.js") == cache_control("models/e3b0c442") == IMMUTABLE
    True
    >>> cache_control("index.html") == cache_control("models") == REVALIDATE
    True
    """
    top = path.lstrip("/").partition("/")[0]
    return IMMUTABLE if top in HASHED_FOLDERS and "/" in path.strip("/") else REVALIDATE


def headers_file() -> str:
    """The `_headers` file of static hosts (Netlify, Cloudflare Pages and others read this format).

    Hosts join the values of every rule that matches, so Cache-Control stands only in rules that exclude one
    another.
    """
    rules = {"/*": STRICT}
    for path in ("/", "/index.html", "/sw.js", "/wardian.js", "/site.json", "/manifest.webmanifest"):
        rules[path] = {"Cache-Control": REVALIDATE}
    for folder in HASHED_FOLDERS:
        rules[f"/{folder}/*"] = {"Cache-Control": IMMUTABLE}
    blocks = [
        "\n".join([path, *(f"  {name}: {value}" for name, value in lines.items())])
        for path, lines in rules.items()
    ]
    return "\n\n".join(blocks) + "\n"
