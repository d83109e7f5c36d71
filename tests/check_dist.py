"""Check what `make dist` builds: its files, and that it installs and works. No part of `make test`: it takes minutes.

Each is installed in an environment that has nothing but what README's slim way to install names.
"""

import email
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.timeout(1800)  # compiling takes its time

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "reviews.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _only(pattern):
    (path,) = (ROOT / "dist").glob(pattern)
    return path


@pytest.fixture(scope="module")
def sdist():
    return _only("*.tar.gz")


@pytest.fixture(scope="module")
def wheel():
    return _only("*.whl")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of programs of an environment with padcli's slim dependencies, and without padcli."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    (line,) = re.findall(r"^    pip install (gigatoken .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    names = [each.strip("'") for each in line.split()]
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", *names], check=True, capture_output=True)
    return folder / "bin"


@pytest.fixture
def install(environment):
    """Installs a distribution; `path` is where programs are found, compilers among them."""

    def run(distribution, path):
        command = [environment / "pip", "install", "--quiet", "--no-deps", "--no-cache-dir", distribution]
        subprocess.run(command, check=True, env={"PATH": path}, capture_output=True, text=True)

    yield run
    subprocess.run([environment / "pip", "uninstall", "--quiet", "--yes", "padcli"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The files that padcli writes here, from the sources."""
    folder = tmp_path_factory.mktemp("outputs")
    _pad([sys.executable, "-m", "padcli"], folder, {"PYTHONPATH": str(ROOT)})
    return _contents(folder)


def _pad(padcli, folder, variables):
    options = ["--maxlen", "50", "--post", "-o", "reviews.npz"]
    subprocess.run([*padcli, "pad", SAMPLE, *options], check=True, cwd=folder, env=variables, capture_output=True)
    subprocess.run([*padcli, "verify", "reviews.npz"], check=True, cwd=folder, env=variables, capture_output=True)


def _contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _padded_by(environment, folder, *, compiled):
    """The files that the installed padcli writes, with no compiler about."""
    kernels = "from padcli.kernels import dispatch; print(dispatch.kernels().__name__)"
    here = {"cwd": folder, "env": {"PATH": str(environment)}}
    used = subprocess.run([environment / "python", "-c", kernels], check=True, capture_output=True, text=True, **here)
    assert used.stdout.strip() == ("padcli.kernels.native" if compiled else "padcli.kernels.fallback")
    _pad([environment / "padcli"], folder, here["env"])
    return _contents(folder)


def test_the_sdist_holds_what_a_checkout_holds(sdist):
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    here = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    with tarfile.open(sdist) as file:
        held = {each.name.partition("/")[2] for each in file if each.isfile()}
    made = {name for name in held if name in {"PKG-INFO", "setup.cfg"} or name.startswith("padcli.egg-info/")}
    assert held - made == set(filter(None, here))


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    package = {name for name in names if name.startswith("padcli/")}
    beside = f"padcli-{PROJECT['project']['version']}"
    assert {name.split("/")[0] for name in names} == {"padcli", f"{beside}.data", f"{beside}.dist-info"}
    manual = {f"{beside}.data/data/share/man/man1/{path.name}" for path in (ROOT / "docs" / "man").iterdir()}
    assert manual == {name for name in names if name.startswith(f"{beside}.data/")}
    assert {path.suffix for path in map(PurePosixPath, package) if path.name != "py.typed"} == {
        ".json", ".pxd", ".py", ".pyi", ".pyx", ".so",
    }  # fmt: skip
    here = {str(path.relative_to(ROOT)) for path in (ROOT / "padcli").rglob("*.py*") if path.suffix != ".pyc"}
    assert {name for name in package if PurePosixPath(name).suffix in {".py", ".pyi", ".pyx"}} == here - {
        "padcli/py.typed"
    }
    modules = [each["name"].replace(".", "/") for each in PROJECT["tool"]["setuptools"]["ext-modules"]]
    assert all(any(name.startswith(f"{module}.") and name.endswith(".so") for name in package) for module in modules)


def test_the_metadata_say_what_it_is_and_where_it_is_from(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = (each for each in file.namelist() if each.endswith(".dist-info/METADATA"))
        found = email.message_from_bytes(file.read(name))
    assert {each.split(", ")[0] for each in found.get_all("Project-URL")} == set(PROJECT["project"]["urls"])
    assert found["Description-Content-Type"] == "text/markdown"
    assert found["License-Expression"] == "MIT"


def test_the_wheel_installs_and_works_without_a_compiler(wheel, environment, install, tmp_path, outputs):
    install(wheel, path := str(environment))
    assert not any(shutil.which(name, path=path) for name in ("cc", "gcc", "clang"))
    assert (environment.parent / "share" / "man" / "man1" / "padcli-pad.1").exists()
    assert _padded_by(environment, tmp_path, compiled=True) == outputs


def test_the_sdist_installs_and_works_with_a_compiler(sdist, environment, install, tmp_path, outputs):
    install(sdist, f"{environment}:/usr/bin:/bin")
    assert _padded_by(environment, tmp_path, compiled=True) == outputs


def test_the_sdist_installs_without_a_compiler_and_gives_the_same(sdist, environment, install, tmp_path, outputs):
    install(sdist, str(environment))
    assert _padded_by(environment, tmp_path, compiled=False) == outputs
