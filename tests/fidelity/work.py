"""What one process does: make a tokenizer file, compare it, keep the file where something differs."""

import random
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

_PADDED_ROWS = 200


@dataclass(frozen=True)
class Task:
    """A tokenizer of the zoo, one made at random (`random-SEED-N`), or a `file`, and how much is to be compared.

    `until`: the time, in seconds since the epoch, after which it is not begun; `choices`: how many ways to pad.
    """

    name: str
    share: float
    slow_share: float
    seconds: float
    seed: int
    keep: str
    file: str = ""
    until: float = float("inf")
    choices: int = 8


def run(task: Task):
    """The result of a task; whatever goes wrong is a finding, too."""
    from fidelity.compare import Finding, Result
    from padcli.errors import TokenizerFileError

    if time.time() > task.until:
        return Result(task.name, note="not begun: out of time")
    try:
        return _run(task)
    except (KeyboardInterrupt, MemoryError):
        raise
    except TokenizerFileError as error:
        if not task.name.startswith("random-"):
            return Result(task.name, note="refused", differing=1, findings=[Finding("refused", "", str(error), "")])
        return Result(task.name, note=f"refused: {error.message.partition(': ')[2]}")
    except BaseException as error:  # noqa: BLE001 (a panic of Rust is no Exception)
        where = traceback.format_exc().splitlines()
        result = Result(task.name, note="failed", differing=1)
        result.findings.append(Finding("failure", "", f"{type(error).__name__}: {error}", " ".join(where[-6:])))
        return result


def _run(task: Task):
    from fidelity import padded
    from fidelity.compare import Amount, compare
    from fidelity.zoo import SAME

    with tempfile.TemporaryDirectory(dir=padded.memory_folder()) as folder:
        path = Path(task.file) if task.file else make(task.name, Path(folder))
        amount = Amount(task.share, task.slow_share, task.seconds, f"{task.seed} {task.name}")
        result = compare(task.name, path, amount, same=SAME.get(task.name))
        _compare_arrays(task, path, result)
        if result.findings and not task.file:
            result.file = str(padded.keep(path, Path(task.keep), task.name))
        return result


def make(name: str, folder: Path) -> Path:
    """The file of a tokenizer, by its name."""
    from fidelity import random_zoo
    from fidelity.zoo import zoo

    return random_zoo.make(name, folder) if name.startswith("random-") else zoo()[name](folder)


def _compare_arrays(task: Task, path: Path, result) -> None:
    """A sample of rows through all of padcli, with each choice of sides and special tokens."""
    from fidelity import padded
    from fidelity.compare import Finding
    from fidelity.originals import HuggingFace, open_original
    from fidelity.texts import Facts, sample
    from fidelity.zoo import SAME

    original = open_original(path)
    same = SAME.get(task.name, lambda text: True)
    facts = Facts(pieces=result.pieces, special=original.special)
    rows = [text for text in sample(facts, seed=str(task.seed), rows=_PADDED_ROWS) if same(text)]
    chance = random.Random(f"{task.seed} {task.name}")
    choices = padded.choices(chance, is_hugging_face=isinstance(original, HuggingFace))
    chance.shuffle(choices)
    choices.sort(key=lambda choice: not choice.add_special_tokens)  # where most can go wrong comes first
    if task.choices < len(choices):
        choices = choices[: task.choices]
    for choice in choices:
        result.rows += len(rows)
        difference = padded.differing(path, rows, choice)
        if difference:
            result.differing += 1
            if not any(finding.kind.startswith("padcli.pad") for finding in result.findings):
                result.findings.append(Finding(f"padcli.pad, {choice}", "", difference, ""))
