"""Measures a row: everything that computes it takes its turn in every round, with the probe between the turns."""

import math
import os
import time
from dataclasses import dataclass, field

import peers
from processes import Key, PeerGone, Refused
from spread import median, quartiles

TOLERANCE = {"f32": 1e-5, "f16": 3e-3, "bf16": 2e-2}

# The idle threads of an OpenMP runtime look for work that long (200 ms in LLVM's) and would slow down who comes next.
SETTLE_SECONDS = 0.3


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    rounds: int = 9
    sample_seconds: float = 5e-3  # a sample repeats short calls for at least that long
    slow_seconds: float = 0.5  # a peer whose call takes longer is timed once, and said to be
    long_seconds: float = 0.1  # by default allocator a peer whose call takes longer has every third turn
    mallocs: tuple = ("kept", "default")
    only: tuple | None = None  # names of peers


@dataclass
class Participant:
    """One method of one peer under one allocator setting, and what became of it."""

    role: str  # ours, baseline or peer
    key: Key
    method: str
    problem: object
    slot: int
    status: str = "measured"  # once, unsupported, failed, missing, wrong
    reason: str = ""
    stride: int = 1  # takes part in every stride-th round
    facts: dict = field(default_factory=dict)
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    peaks: list = field(default_factory=list)
    turns: list = field(default_factory=list)  # the round of each sample

    @property
    def takes_turns(self):
        return self.status in ("measured", "once")

    def give_up(self, status, reason):
        self.status, self.reason = status, reason


class RowRun:
    """One row from preparation to its entry in the report."""

    def __init__(self, row, processes, settings):
        self.row, self.processes, self.settings = row, processes, settings
        self.participants = []

    def measure(self):
        """Returns the row's entry in the report."""
        start = time.time()
        self._find_participants()
        self._prepare()
        for turn in range(self.settings.rounds):
            self._round(turn)
        self.processes.drop_calls()
        entry = self._entry(time.time() - start)
        entry["warm_compile_seconds"] = self._warm_compile_seconds()
        return entry

    # ---- who takes part ----

    def _names(self):
        wanted = self.row.peers or tuple(peers.MODULES)
        if self.settings.only is not None:
            wanted = [name for name in wanted if name in self.settings.only or name == peers.OURS]
        return [name for name in wanted if name != "hand-written" or self.processes.options[-1]]

    def _add(self, role, key, method, problem):
        self.participants.append(Participant(role, key, method, problem, len(self.participants)))
        return self.participants[-1]

    def _find_participants(self):
        row = self.row
        if row.baseline is not None:
            threads = row.baseline_threads or row.threads
            self._add("baseline", Key(peers.OURS, self.settings.mallocs[0], threads), peers.OURS, row.baseline)
        for name in self._names():
            for malloc in self.settings.mallocs:
                key = Key(name, malloc, row.threads)
                role = "ours" if name == peers.OURS else "peer"
                try:
                    for method, slow in self.processes.get(key).request("methods", row.problem):
                        participant = self._add(role, key, method, row.problem)
                        if slow and not row.slow_peers:
                            participant.give_up("left out", "it compiles for seconds: in some rows only")
                except (PeerGone, Refused) as gone:
                    self._add(role, key, "", row.problem).give_up(gone.status, str(gone))

    # ---- checked before a time is accepted ----

    def _prepare(self):
        references = {}
        for participant in self.participants:
            if not participant.takes_turns:
                continue
            problem = participant.problem
            if problem not in references:
                rows = problem.sample()
                references[problem] = rows, problem.reference(problem.inputs(), rows)
            try:
                process = self.processes.get(participant.key)
                participant.facts = process.request(
                    "prepare", participant.slot, participant.method, problem, *references[problem]
                )
            except (PeerGone, Refused) as refusal:
                participant.give_up(refusal.status, str(refusal))
                continue
            self._accept(participant)

    def _accept(self, participant):
        error, tolerance = participant.facts["error"], TOLERANCE[participant.problem.element]
        if not error <= tolerance:
            participant.give_up("wrong", f"error {error:.1e} against float64, at most {tolerance:.0e} accepted")
        elif participant.facts["seconds"] > self.settings.slow_seconds and participant.role == "peer":
            participant.status, participant.stride = "once", self.settings.rounds
            participant.reason = f"a call takes over {self.settings.slow_seconds:g} s"
        elif (
            participant.facts["seconds"] > self.settings.long_seconds
            and participant.role == "peer"
            and participant.key.malloc != self.settings.mallocs[0]
        ):
            participant.stride = 3

    # ---- rounds ----

    def _peak(self):
        """FLOP/s, or bytes per second for a row that is limited by reading."""
        key = Key(peers.OURS, self.settings.mallocs[0], self.row.threads)
        size = 0 if self.row.compute_bound else self.row.problem.bytes()
        return self.processes.get(key).request("peak", size)

    def _round(self, turn):
        order = [p for p in self.participants if p.takes_turns and turn % p.stride == 0]
        # Nobody always comes after the same one.
        shift = turn % len(order) if order else 0
        peak = self._peak()
        for participant in order[shift:] + order[:shift]:
            self._sample(participant, turn)
            if self.row.threads > 1:
                time.sleep(SETTLE_SECONDS)
            after = self._peak()
            participant.peaks.append((peak + after) / 2)
            peak = after

    def _sample(self, participant, turn):
        seconds = participant.facts["seconds"]
        repeats = max(1, min(20000, math.ceil(self.settings.sample_seconds / max(seconds, 1e-9))))
        try:
            process = self.processes.get(participant.key)
            wall, cpu, faults = process.request("time", participant.slot, repeats, seconds < 0.02)
        except (PeerGone, Refused) as refusal:
            participant.give_up(refusal.status, str(refusal))
            wall, cpu, faults = math.nan, math.nan, 0
        participant.wall.append(wall)
        participant.cpu.append(cpu)
        participant.faults.append(faults)
        participant.turns.append(turn)

    # ---- report ----

    def _warm_compile_seconds(self):
        """Of a process that has compiled before; None if that fails."""
        key = Key(peers.OURS, self.settings.mallocs[0], 1)
        try:
            return self.processes.get(key).request("compile_again", self.row.problem.program())
        except (PeerGone, Refused):
            return None

    def _entry(self, seconds):
        row = self.row
        needed = row.problem.flops() if row.compute_bound else row.problem.bytes()
        entry = {
            "group": row.group,
            "name": row.name,
            "problem": repr(row.problem),
            "element": row.problem.element,
            "flops": row.problem.flops(),
            "bytes": row.problem.bytes(),
            "threads": row.threads,
            "limit": "flops" if row.compute_bound else "bandwidth",
            "clock": self._clock(),
            "axis": row.axis,
            "target": vars(row.target) | {},
            "baseline": row.baseline_name,
            "load": os.getloadavg()[0],
            "seconds": seconds,
        }
        if row.baseline is not None:
            its = row.baseline.flops() if row.compute_bound else row.baseline.bytes()
            entry["bound"] = its / needed
        entry["peak"] = quartiles([peak for p in self.participants for peak in p.peaks])
        ours = next((p for p in self.participants if p.role == "ours" and p.status == "measured"), None)
        entry["participants"] = [self._participant(p, needed, ours) for p in self.participants]
        return entry

    def _clock(self):
        return "cpu" if self.row.threads == 1 else "wall"

    def _times(self, participant):
        return participant.cpu if self._clock() == "cpu" else participant.wall

    def _participant(self, participant, needed, ours):
        entry = {
            "role": participant.role,
            "peer": participant.key.peer,
            "method": participant.method,
            "malloc": participant.key.malloc,
            "threads": participant.key.threads,
            "status": participant.status,
            "reason": participant.reason,
            **participant.facts,
        }
        if participant.takes_turns:
            times = self._times(participant)
            entry |= {
                "time": quartiles(times),
                "wall": quartiles(participant.wall),
                "cpu": quartiles(participant.cpu),
                "page_faults": median(participant.faults),
                "times": times,
            }
            if participant.role != "baseline":
                entry["share"] = quartiles([needed / t / peak for t, peak in zip(times, participant.peaks)])
            if ours is not None:
                same = dict(zip(ours.turns, self._times(ours)))
                entry["over_ours"] = quartiles([t / same[turn] for turn, t in zip(participant.turns, times)])
        return entry
