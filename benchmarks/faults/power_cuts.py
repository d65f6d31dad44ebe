"""Cut the power at every step of a writer, and open what the disk may then hold; then take each flush away in turn."""

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.calls import short_segments
from benchmarks.faults.disk import Recorder, Recording
from benchmarks.faults.images import CHOICES_AT_A_MOMENT, Image, images
from benchmarks.faults.scenarios import SCENARIOS, Scenario, Writer, faults_in

MUTANT_IMAGES = 600


@dataclass(kw_only=True)
class Cuts:
    """What came of the power cuts of one scenario.

    Attributes:
        scenario: Its name.
        found: How many different disks a cut could leave, as far as they were enumerated.
        judged: How many of them were opened and verified.
        bad: In words, those that were not as the writer was told.
    """

    scenario: str
    found: int = 0
    judged: int = 0
    bad: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Mutant:
    """A writer that leaves out one flush.

    Attributes:
        site: Where the flush is asked for.
        scenarios: In which scenarios it is.
        tried: How many disks that only this mutant can leave were opened.
        caught: What was wrong with the first bad one; empty when none was.
    """

    site: str
    scenarios: list[str] = field(default_factory=list)
    tried: int = 0
    caught: str = ""


def record(scenario: Scenario, place: Path) -> Recording:
    """Run a scenario and record what it does to its disk."""
    writer = Writer(folder=place)
    scenario.prepare(writer)
    recorder = Recorder(place, writer.told)
    writer.on_told = recorder.told
    with recorder.watching():
        scenario.run(writer)
    return recorder.recording


def cut_power(
    place: Path,
    *,
    wanted: int,
    seed: int,
    scenarios: Sequence[Scenario] = SCENARIOS,
    choices: int = CHOICES_AT_A_MOMENT,
) -> Iterator[Cuts]:
    """Judge about `wanted` disks, shared among the scenarios; `choices` of each moment are looked at."""
    with short_segments():
        for number, scenario in enumerate(scenarios):
            recording = record(scenario, place / f"recorded-{number}")
            found = list(images(recording, seed=seed, choices=choices))
            rng = random.Random(seed)  # noqa: S311  # the same disks in every run
            share = -(-wanted // len(scenarios))
            chosen = found if len(found) <= share else rng.sample(found, share)
            cuts = Cuts(scenario=scenario.name, found=len(found), judged=len(chosen))
            for image in chosen:
                cuts.bad += _judged(image, place / "image")
            yield cuts


def seed_mutants(
    place: Path,
    *,
    seed: int,
    images_each: int = MUTANT_IMAGES,
    scenarios: Sequence[Scenario] = SCENARIOS,
    choices: int = CHOICES_AT_A_MOMENT,
) -> list[Mutant]:
    """Leave out each flush in turn, and look for a disk that then breaks what the writer was told."""
    mutants: dict[str, Mutant] = {}
    with short_segments():
        for number, scenario in enumerate(scenarios):
            recording = record(scenario, place / f"mutated-{number}")
            known = {image.key() for image in images(recording, seed=seed, choices=choices)}
            for site in recording.sites():
                mutant = mutants.setdefault(site, Mutant(site=site))
                mutant.scenarios.append(scenario.name)
                if not mutant.caught:
                    forgetful = images(recording, forgotten=site, seed=seed, choices=choices)
                    new = [image for image in forgetful if image.key() not in known]
                    random.Random(seed).shuffle(new)  # noqa: S311  # the same order in every run
                    _hunt(mutant, new[:images_each], place / "image")
    return list(mutants.values())


def _hunt(mutant: Mutant, new: Sequence[Image], place: Path) -> None:
    for image in new:
        mutant.tried += 1
        if found := _judged(image, place):
            mutant.caught = found[0]
            return


def _judged(image: Image, place: Path) -> list[str]:
    shutil.rmtree(place, ignore_errors=True)
    image.write(place)
    if image.secrets_left():
        return ["a key that was destroyed is left in the blocks of a removed file"]
    try:
        return list(faults_in(place, image.told))
    except Exception as error:  # noqa: BLE001  # whatever is not one of the log's own errors is what is looked for
        return [f"{type(error).__name__}: {error}"]
