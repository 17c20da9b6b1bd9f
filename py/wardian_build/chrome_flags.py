"""How tests, comparisons and measurements start Chromium."""

from __future__ import annotations

__all__ = ["QUIET", "SHORT_LIVED", "SOFTWARE_WEBGPU"]

#: What Playwright switches off itself (Chromium heeds only the last list of features that it is given), and
#: the two pages of the address bar, which it has ready for each new window although nobody sees them.
_WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
)  # fmt: skip
#: Without these, Chromium's own services try to reach the network at every start, and use the machine.
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    f"--disable-features={','.join(_WITHOUT)}",
]
#: For pages that live for seconds: V8 would spend more on optimising Pyodide and onnxruntime-web than it
#: saves. Code that runs for longer is still optimised, a hundred times later than usual.
SHORT_LIVED = [*QUIET, "--js-flags=--wasm-tiering-budget=1000000000"]
#: SwiftShader: a software adapter, so that the WebGPU code path is tested without a GPU.
SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
