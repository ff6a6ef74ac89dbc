"""The page in a real browser, where there is one. Its own script is used as a person would, and then looked at.

Another script, added to a copy of the page, presses keys and sets filters, and leaves what it sees in the title.
"""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from al_codemod.cli import main

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=2000",
]
HELPERS = """
const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const set = (name, value) => {
  const field = document.querySelector(".filters").elements[name];
  field.value = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
};
const tick = (name) => document.querySelector(`[value=${name}]`).click();
const isShown = (element) => element.getClientRects().length > 0;
const files = () => [...document.querySelectorAll(".file")].filter(isShown).map((f) => f.querySelector(".path").textContent);
const states = () => [...new Set([...document.querySelectorAll(".file:not([hidden]) .note")]
  .filter((n) => !n.closest("tr[hidden]") && !n.hidden).map((n) => n.dataset.state))].sort();
const counted = () => document.querySelector("output").textContent;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the small V1 project, with a file that does not parse added to it."""
    directory = tmp_path_factory.mktemp("page")
    shutil.copytree(Path(__file__).parent.parent.parent / "fixtures" / "project", directory / "project")
    (directory / "project" / "broken.py").write_text("import arraylake as (\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory / "project")
        result = CliRunner().invoke(main, ["--check", "--isolated", "--report", str(directory / "page.html"), "."])
    assert result.exit_code == 2
    return directory / "page.html"


def see(page: Path, script: str, *flags: str) -> dict[str, object]:
    """What a script sees in the page, after the page's own scripts have run."""
    seen = page.with_name("seen.html")
    addition = f"<script>{HELPERS}\ndocument.title = JSON.stringify((() => {{ {script} }})());</script>"
    seen.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{addition}</body>"), encoding="utf-8")
    return look(seen, *flags)


def look(seen: Path, *flags: str) -> dict[str, object]:
    assert BROWSER is not None
    command = [BROWSER, *FLAGS, f"--user-data-dir={seen.with_name('profile')}", *flags, "--dump-dom", seen.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    title = re.search(r"<title>(.*?)</title>", done.stdout.decode("utf-8"), re.DOTALL)
    assert title
    return json.loads(html.unescape(title[1]))


def test_filters_and_keys(page: Path) -> None:
    seen = see(
        page,
        """
        const result = {start: counted(), all: files()};
        tick("done"); tick("review"); tick("failed");
        result.manual = [files(), states(), counted()];
        document.querySelector("[type=reset]").click();
        set("query", "Catalog.PY"); result.search = files();
        set("query", "zzz"); result.nothing = [files(), isShown(document.querySelector(".nothing"))];
        set("query", ""); set("code", "AL203"); result.code = files();
        set("code", ""); document.querySelector("[data-folder=scripts].folder").click(); result.folder = files();
        set("folder", "");
        document.querySelector("[data-do=close]").click();
        result.closed = document.querySelectorAll(".file[open]").length;
        press("j"); result.first = document.activeElement.dataset.state;
        press("k"); result.last = document.activeElement.closest(".file").querySelector(".path").textContent;
        result.opened = document.querySelectorAll(".file[open]").length;
        press("/"); result.focus = document.activeElement.name;
        press("j"); result.typing = document.activeElement.name;
        press("Escape"); result.left = document.activeElement === document.body;
        return result;
        """,
    )
    everything = [
        "broken.py",
        "pyproject.toml",
        *(f"rainwatch/{name}.py" for name in ("analysis", "catalog", "ingest")),
        "scripts/release.py",
    ]
    assert seen == {
        "start": "49 findings in 6 files",
        "all": everything,
        "manual": [["rainwatch/analysis.py"], ["manual"], "1 finding in 1 file"],
        "search": ["rainwatch/catalog.py"],
        "nothing": [[], True],
        "code": ["rainwatch/analysis.py", "rainwatch/ingest.py", "scripts/release.py"],
        "folder": ["scripts/release.py"],
        "closed": 0,
        "first": "failed",
        "last": "scripts/release.py",
        "opened": 2,
        "focus": "query",
        "typing": "query",
        "left": True,
    }


@pytest.mark.parametrize(("flags", "is_dark"), [([], False), (["--blink-settings=preferredColorScheme=0"], True)])
def test_light_and_dark_can_be_read(page: Path, flags: list[str], is_dark: bool) -> None:
    """Every text has the contrast that WCAG asks for (4.5) against what is behind it."""
    seen = see(
        page,
        """
        const parse = (color) => color.match(/[\\d.]+/g).map(Number);
        const light = (color) => parse(color).slice(0, 3).map((v) => v / 255)
          .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
        const behind = (element) => {
          for (let e = element; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if (parse(color).length === 3 || parse(color)[3] > 0) return color;
          }
        };
        const poor = [];
        for (const element of document.querySelectorAll("body *")) {
          const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          if (!own || !isShown(element) || ["SCRIPT", "STYLE", "OPTION"].includes(element.tagName)) continue;
          const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
          const contrast = (one + 0.05) / (other + 0.05);
          if (contrast < 4.5) poor.push(`${element.className || element.tagName} ${contrast.toFixed(2)}`);
        }
        return {paper: light(getComputedStyle(document.body).backgroundColor), poor: [...new Set(poor)]};
        """,
        *flags,
    )
    assert (float(str(seen["paper"])) < 0.2) is is_dark
    assert seen["poor"] == []


@pytest.mark.parametrize("width", [320, 480, 1280])
def test_nothing_is_wider_than_the_screen(page: Path, width: int) -> None:
    frame = page.with_name("frame.html")
    content = html.escape(page.read_text(encoding="utf-8"), quote=True)
    frame.write_text(
        f"""<!doctype html><title></title><iframe srcdoc="{content}" style="width:{width}px;height:900px;border:0"></iframe>
        <script>addEventListener("load", () => {{
          const page = document.querySelector("iframe").contentDocument;
          const rects = (selector) => page.querySelector(selector).getBoundingClientRect();
          document.title = JSON.stringify({{
            wide: page.documentElement.scrollWidth,
            beside: rects("tr.changed .code.new:not(.none)").left > {width} / 2,
          }});
        }});</script>""",
        encoding="utf-8",
    )
    seen = look(frame, "--window-size=1400,1000")
    assert int(str(seen["wide"])) <= width
    assert seen["beside"] is (width > 800), "old and new stand beside each other where there is room"
