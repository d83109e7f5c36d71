"""The GitHub Action, the workflow, the hooks of pre-commit and docs/integrations.md, run as their hosts run them.

What a host does is done here: it sets variables, replaces `${{ ... }}` in what is not a script, and runs each script in
a shell of its own. Python is not set up, and what would be installed is only written down: `make dist` installs it.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import SAMPLE_DATA

import padcli

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
INSTALL, PAD, OUTPUTS = (step for step in ACTION["runs"]["steps"] if "run" in step)


class Runner:
    """A runner of GitHub's, for one job whose workspace is `folder`."""

    def __init__(self, folder):
        self.workspace = folder / "workspace"
        self.summary, self.output, self.temporary = folder / "summary", folder / "output", folder / "temporary"
        for each in (self.workspace, self.temporary):
            each.mkdir()
        for each in (self.summary, self.output):
            each.touch()

    def run(self, step, values=None, **variables):
        """Run the script of a step; `values` are those of its expressions, by their text."""
        script = self.temporary / "script"
        script.write_text(step["run"], encoding="utf-8")
        shell = {
            "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            "python": [sys.executable, script],
        }[step.get("shell", "bash")]

        def replaced(text):
            return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: str((values or {})[found[1]]), text)

        runner = {
            "GITHUB_ACTION_PATH": ROOT,
            "GITHUB_OUTPUT": self.output,
            "GITHUB_STEP_SUMMARY": self.summary,
            "RUNNER_TEMP": self.temporary,
        }
        env = {
            **os.environ,
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            **{name: replaced(value) for name, value in step.get("env", {}).items()},
        }
        return subprocess.run(
            shell,
            cwd=self.workspace / replaced(step.get("working-directory", ".")),
            env={**env, **{name: str(value) for name, value in runner.items()}, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def pad(self, **inputs):
        """Run what the action does after its installation, with these inputs."""
        unknown = inputs.keys() - {name.replace("-", "_") for name in ACTION["inputs"]}
        assert not unknown
        values = {
            f"inputs.{name}": inputs.get(name.replace("-", "_"), facts.get("default", ""))
            for name, facts in ACTION["inputs"].items()
        }
        finished = self.run(PAD, values)
        return finished if finished.returncode else self.run(OUTPUTS, values)

    def outputs(self):
        """The outputs that were set."""
        return {
            name: value
            for name, _, value in re.findall(
                r"^(\w+)<<(\S+)\n(.*?)\n\2$", self.output.read_text(), re.DOTALL | re.MULTILINE
            )
        }


@pytest.fixture
def runner(tmp_path):
    runner = Runner(tmp_path)
    shutil.copytree(SAMPLE_DATA, runner.workspace / "data")
    return runner


def _checked(*arguments):
    return subprocess.run(
        [PROGRAMS / arguments[0], *arguments[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/ci.yml"),
    ],
)
def test_what_github_reads_is_as_its_schema_wants_it(schema, path):
    finished = _checked("check-jsonschema", "--builtin-schema", schema, path)
    assert finished.returncode == 0, finished.stdout


def test_what_pre_commit_reads_is_as_it_wants_it():
    finished = _checked("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert finished.returncode == 0, finished.stdout


def test_the_example_of_a_workflow_is_as_the_schema_wants_it_and_has_inputs_and_outputs_that_there_are(tmp_path):
    (example,) = (each for each in _examples("yaml") if "jobs:" in each)
    (tmp_path / "data.yml").write_text(f"on: push\n{example}")
    finished = _checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(tmp_path / "data.yml"))
    assert finished.returncode == 0, finished.stdout
    (given,) = (step["with"] for step in yaml.safe_load(example)["jobs"]["data"]["steps"] if "id" in step)
    assert given.keys() <= ACTION["inputs"].keys()
    assert set(re.findall(r"outputs\.(\w+)", example)) <= ACTION["outputs"].keys()
    assert set(re.findall(r"^\| `(.*?)`", PAGE, re.MULTILINE)) == ACTION["inputs"].keys()


def _scripts():
    yield from ((ACTION["name"], step) for step in ACTION["runs"]["steps"])
    yield from ((job, step) for job, facts in WORKFLOW["jobs"].items() for step in facts["steps"])


def test_no_script_holds_an_expression_which_others_could_fill_with_commands():
    assert not [step for _, step in _scripts() if "${{" in step.get("run", "")]


def test_actions_of_others_are_pinned_by_their_major_version():
    used = [step["uses"] for _, step in _scripts() if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+|\./", each) for each in used)


def test_tests_run_on_the_versions_of_python_that_the_metadata_name():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [re.fullmatch(r".* :: (3\.\d+)", each) for each in project["project"]["classifiers"]]
    versions = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python-version"]
    assert versions == [each[1] for each in named if each]
    built = _checked("cibuildwheel", "--platform", "linux", "--print-build-identifiers", ".").stdout.split()
    assert [re.match(r"cp3(\d+)-manylinux", each)[1] for each in built] == [
        each.removeprefix("3.") for each in versions
    ]


@pytest.mark.parametrize("job", ["test", "dist", "wheels"])
def test_what_the_workflow_makes_can_be_made(job, tmp_path):
    (step,) = (step for step in WORKFLOW["jobs"][job]["steps"] if "run" in step)
    assert step["run"].startswith("make ")
    made = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": "--dry-run --always-make"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert {"test": "pytest", "dist": "check_dist.py", "wheels": "cibuildwheel"}[job] in made.stdout


def test_the_job_that_tries_the_action_passes(runner):
    steps = WORKFLOW["jobs"]["action"]["steps"]
    (use,) = (step for step in steps if step.get("uses") == "./")
    (runner.workspace / "data").rename(runner.workspace / "sample_data")
    finished = runner.pad(**{name.replace("-", "_"): value for name, value in use["with"].items()})
    assert finished.returncode == 0, finished.stderr
    outputs = {f"steps.{use['id']}.outputs.{name}": value for name, value in runner.outputs().items()}
    (check,) = (step for step in steps if "run" in step)
    assert (checked := runner.run(check, outputs)).returncode == 0, checked.stderr


@pytest.mark.parametrize(("version", "installed"), [("", str(ROOT)), ("0.1.0", "padcli==0.1.0")])
def test_the_action_installs_its_own_version_or_the_one_that_is_asked_for(runner, tmp_path, version, installed):
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "<%s>" "$@"; echo\n')
    (tmp_path / "python").chmod(0o755)
    finished = runner.run(INSTALL, {"inputs.padcli-version": version}, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert finished.returncode == 0, finished.stderr
    dependencies, package = finished.stdout.splitlines()
    (line,) = re.findall(r"^    pip install (gigatoken .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert dependencies == "".join(f"<{each}>" for each in ["-m", "pip", "install", *shlex.split(line)])
    assert package == f"<-m><pip><install><--no-deps><{installed}>"


def test_the_action_pads_adds_its_summary_and_says_what_came_out(runner):
    runner.summary.write_text("of a step before it\n")
    finished = runner.pad(args="data/reviews.jsonl --label label --maxlen 16 --post", fail_if="rows<80\n\nempty>0\n")
    assert finished.returncode == 0, finished.stderr
    outputs = runner.outputs()
    assert outputs.keys() == ACTION["outputs"].keys()
    assert outputs["path"] == str(runner.workspace / "reviews.npz")
    assert padcli.load(outputs["path"]).token_ids.shape == (int(outputs["rows"]), int(outputs["maxlen"])) == (80, 16)
    assert outputs["files"].split("\n") == [str(runner.workspace / "reviews.tokenizer.json"), outputs["path"]]
    assert json.loads(Path(outputs["report"]).read_text())["rows"] == 80
    first, *rest = runner.summary.read_text().splitlines()
    assert first == "of a step before it"
    assert "### padcli: data/reviews.jsonl" in rest
    assert "✅ `empty>0`: empty is 0 of 80 rows" in rest


def test_a_condition_that_is_true_fails_the_step_and_is_in_the_summary(runner):
    finished = runner.pad(args="data/reviews.txt --maxlen 16", fail_if="truncated>5%\nrows<10")
    assert finished.returncode == 1
    assert "gate failed: truncated" in finished.stderr
    assert "❌ `truncated>5%`" in runner.summary.read_text()
    assert not (runner.workspace / "reviews.npz").exists()


def test_arguments_are_words_as_in_a_shell_over_several_lines(runner):
    (runner.workspace / "data" / "reviews.txt").rename(runner.workspace / "data" / "my  'own' texts.txt")
    assert runner.pad(args="\"data/my  'own' texts.txt\"\n  --maxlen 20\n  -o a\\ b.npz").returncode == 0
    assert runner.outputs()["path"] == str(runner.workspace / "a b.npz")


@pytest.mark.parametrize(
    "hostile", ["; touch owned $(touch owned) `touch owned` && touch owned > owned", "'", '"$(touch owned)']
)
def test_nothing_in_an_input_is_taken_for_a_command(runner, hostile):
    for inputs in ({"args": f"data/reviews.txt {hostile}"}, {"args": "data/reviews.txt", "fail_if": hostile}):
        assert runner.pad(**inputs).returncode != 0
    assert not list(runner.workspace.rglob("owned"))


def test_all_parts_of_an_output_in_another_folder_are_among_its_files(runner):
    split = "reviews.txt --maxlen 9 --split-into a=0.5,b=0.5 -o out.npz"
    assert runner.pad(args=split, working_directory="data").returncode == 0
    names = ["out.a.tokenizer.json", "out.a.npz", "out.b.npz"]
    assert runner.outputs()["files"].split("\n") == [str(runner.workspace / "data" / name) for name in names]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with data, and the hooks as the documentation shows them; gives the function that runs them."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.org")

    def run(*arguments, folder):
        return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)

    def commit(folder):
        for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "All"]):
            assert run("git", *arguments, folder=folder).returncode == 0
        return run("git", "rev-parse", "HEAD", folder=folder).stdout.strip()

    hooks, user = tmp_path / "hooks", tmp_path / "user"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    (user / "data").mkdir(parents=True)
    shutil.copy(SAMPLE_DATA / "reviews.jsonl", user / "data")
    padcli.pad(SAMPLE_DATA / "reviews.jsonl", user / "a b.npz", maxlen=9)
    (example,) = (each for each in _examples("yaml") if "repos:" in each)
    config = example.replace("https://github.com/padcli/padcli", str(hooks)).replace("v0.1.0", commit(hooks))
    (user / ".pre-commit-config.yaml").write_text(config)
    commit(user)
    return user, lambda: run("pre-commit", "run", "--all-files", folder=user)


def test_the_hooks_pass_for_good_files_and_name_what_is_wrong_with_others(repository):
    folder, run = repository
    assert (finished := run()).returncode == 0, finished.stdout
    assert re.findall(r"\.(Passed|Failed)$", finished.stdout, re.MULTILINE) == ["Passed", "Passed"]
    content = (folder / "a b.npz").read_bytes()
    (folder / "a b.npz").write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    with (folder / "data" / "reviews.jsonl").open("a") as file:
        file.write('{"text": ""}\n' * 9)
    finished = run()
    assert finished.returncode == 1
    assert re.findall(r"\.(Passed|Failed)$", finished.stdout, re.MULTILINE) == ["Failed", "Failed"]
    assert "a b.npz" in finished.stdout
    assert "gate failed: empty" in finished.stdout


def _examples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with texts to train on and to validate with."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    lines = (SAMPLE_DATA / "reviews.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "train.jsonl").write_bytes(b"".join(lines[:60]))
    (tmp_path / "valid.jsonl").write_bytes(b"".join(lines[60:]))
    return tmp_path


def test_the_rules_of_make_pad_what_changed_and_nothing_else(project):
    (rules,) = _examples("make")
    (project / "Makefile").write_text(rules)

    def make():
        finished = subprocess.run(["make"], cwd=project, capture_output=True, text=True, check=True)
        return finished.stdout.count("padcli pad"), finished.stderr.count("up to date")

    assert make() == (2, 0)
    assert (
        padcli.load(project / "valid.npz").token_ids.shape[1] == padcli.load(project / "train.npz").token_ids.shape[1]
    )
    assert make() == (0, 0)
    (project / "train.jsonl").touch()
    assert make() == (2, 2)
    assert make() == (0, 0)


def test_the_stage_of_dvc_writes_what_it_says_and_needs_what_it_says(project):
    (example,) = (each for each in _examples("yaml") if "stages:" in each)
    (stage,) = yaml.safe_load(example)["stages"].values()
    assert stage["params"] == re.findall(r"\$\{(\w+)\}", stage["cmd"])
    (project / "valid.jsonl").unlink()
    assert [path.name for path in project.iterdir()] == stage["deps"]
    subprocess.run(["bash", "-e", "-c", stage["cmd"].replace("${maxlen}", "16")], cwd=project, check=True)
    (metrics,) = (name for each in stage["metrics"] for name in each)
    assert {path.name for path in project.iterdir()} == {*stage["deps"], *stage["outs"], metrics}


def test_the_commands_of_the_page_run(project):
    shutil.copytree(SAMPLE_DATA, project / "sample_data")
    (code,) = _examples("sh")
    subprocess.run(["bash", "-e", "-c", code], cwd=project, check=True, capture_output=True)
    assert json.loads((project / "croissant.json").read_text())["distribution"]
