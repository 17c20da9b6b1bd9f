/**
 * Compiles the Python sources of an archive to bytecode, inside the very Pyodide that will run it.
 *
 * usage: node bytecode.mjs PYODIDE_DIRECTORY IN.zip OUT.zip PREFIX
 *
 * Every `.py` becomes an unchecked `.pyc` beside where it was (the import system then neither looks for nor
 * compares a source), numpy's tests, type stubs and what else is never imported is left out, and the archive is
 * STORED, so that the transfer encoding compresses it. PREFIX is the folder that tracebacks show.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [directory, input, output, prefix] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${directory}/pyodide.mjs`).href);
// A fixed hash seed keeps the order of set constants, and with it the bytes, the same in every build.
const pyodide = await loadPyodide({ indexURL: `${directory}/`, env: { PYTHONHASHSEED: "0" } });

pyodide.FS.writeFile("/input.zip", readFileSync(input));
pyodide.globals.set("prefix", prefix);
await pyodide.runPythonAsync(`
import base64, hashlib, importlib.util, re, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

EPOCH = (1980, 1, 1, 0, 0, 0)
LEFT_OUT = re.compile(r"(^|/)(tests?|_pyinstaller|__pycache__)/|\\.pyi$|\\.c$|\\.h$|\\.pxd$")

def compiled(name, source):
    code = compile(source, f"{prefix}/{name}", "exec", dont_inherit=True, optimize=0)
    return _code_to_hash_pyc(code, importlib.util.source_hash(source), False)

def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\\n"

def convert():
    record_name, lines = None, []
    with zipfile.ZipFile("/input.zip") as source, zipfile.ZipFile("/output.zip", "w", zipfile.ZIP_STORED) as target:
        def add(name, data):
            target.writestr(zipfile.ZipInfo(name, EPOCH), data)

        for entry in sorted(source.infolist(), key=lambda entry: entry.filename):
            name = entry.filename
            if entry.is_dir() or LEFT_OUT.search(name):
                continue
            if name.endswith(".dist-info/RECORD"):
                record_name = name
                continue
            data = source.read(entry)
            if name.endswith(".py"):
                name, data = name + "c", compiled(name, data)
            add(name, data)
            lines.append(record_line(name, data))
        if record_name:
            add(record_name, "".join([*lines, f"{record_name},,\\n"]))

convert()
`);
writeFileSync(output, pyodide.FS.readFile("/output.zip"));
