"""A Slurm of one machine: munged, MariaDB, slurmdbd, slurmctld and slurmd on the loopback interface, with two pretend
GPUs, memory that is enforced, and accounting, for as long as a `with` block lasts.

It is a real Slurm, of Debian's packages. Everything of it lies in one folder but its configuration, which has to be in
its default place: the executor plugin takes SLURM_CONF out of its job steps' environment.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("slurm-wlm", "slurmdbd", "munge", "mariadb-server")
PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacct", "srun")
CONFIGURATION = Path("/etc/slurm")
FILES = ("slurm.conf", "slurmdbd.conf", "gres.conf")
MARK = "# Of the tests in tests/slurm, which write and remove it.\n"

# More processors than there are, so that jobs run side by side. An unkillable or preempted job is given up within
# seconds. `linuxproc` and `linux`, not cgroups, which a container often lacks; a job above its memory is killed.
SLURM_CONF = """
ClusterName=selcn
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=26819
AccountingStoragePass={folder}/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
PriorityType=priority/basic
KillWait=3
SlurmdTimeout=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=48000 Gres=gpu:2
PartitionName=cpu Nodes={host} Default=YES
PartitionName=gpu Nodes={host}
PartitionName=urgent Nodes={host} PriorityTier=10
"""

SLURMDBD_CONF = """
DbdHost=localhost
DbdPort=26819
SlurmUser=root
AuthInfo=socket={folder}/munge.socket
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=26820
StorageUser=root
"""

GRES_CONF = "Name=gpu File={folder}/gpu[0-1]\n"


def hindrance() -> str | None:
    """Return why no Slurm can be brought up on this machine, or None where one can."""
    if not Path("/etc/debian_version").exists():
        return "not Debian, whose Slurm these tests run"
    if os.geteuid() != 0:
        return "not root, as whom the daemons run"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed; make slurm-test installs {', '.join(PACKAGES)}"
    paths = [CONFIGURATION / name for name in FILES]
    foreign = [str(path) for path in paths if path.exists() and not path.read_text().startswith(MARK)]
    if foreign:
        return f"{', '.join(foreign)}: this machine has a Slurm of its own"
    if any(path.exists() for path in paths) and answers("scontrol", "ping"):
        return f"{CONFIGURATION}: these tests run on this machine already"
    return None


@dataclass
class Cluster:
    """A running Slurm, and its daemons by name."""

    folder: Path
    daemons: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        """Start a daemon in the foreground of its own session, its output in the folder."""
        with open(self.folder / f"{name}.out", "ab") as output:
            self.daemons[name] = subprocess.Popen(
                [name, *arguments], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, name: str, *question: str) -> None:
        """Wait until a daemon answers a command."""
        wait_for(lambda: answers(*question), f"{name} to answer; its output is in {self.folder}/{name}.out")

    def start_controller(self) -> None:
        """Start slurmctld, and wait until it answers."""
        self.start("slurmctld", "-D")
        self.wait_for("slurmctld", "scontrol", "ping")

    def kill_controller(self) -> None:
        """Kill slurmctld as a crash would: without a chance to save anything."""
        self.daemons["slurmctld"].kill()
        self.daemons.pop("slurmctld").wait()

    def end_jobs(self) -> None:
        """Cancel every job, and wait until its last process is gone; daemons of a job outlive Slurm's own."""
        if "slurmd" not in self.daemons:
            return
        if "slurmctld" not in self.daemons:
            self.start_controller()
        subprocess.run(["scancel", "--user", "root"], check=True)
        wait_for(lambda: not output_of("squeue", "--noheader"), "Slurm to end its jobs")
        kill_leftovers()

    def stop(self) -> None:
        """Stop every daemon, the last one first."""
        for daemon in reversed(self.daemons.values()):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


@contextmanager
def slurm(folder: Path) -> Iterator[Cluster]:
    """Bring a Slurm up for the length of the block, and take it down with all of its jobs.

    Parameters
    ----------
    folder
        An empty folder for its keys, data base, state and logs.

    Raises
    ------
    TimeoutError
        A daemon does not answer; the message says where its output is.
    """
    configuration = {"slurm.conf": SLURM_CONF, "slurmdbd.conf": SLURMDBD_CONF, "gres.conf": GRES_CONF}
    for name in ("state", "spool"):
        (folder / name).mkdir()
    for name in ("gpu0", "gpu1"):
        (folder / name).touch()
    cluster = Cluster(folder)
    try:
        for name, text in configuration.items():
            path = CONFIGURATION / name
            path.write_text(MARK + text.format(folder=folder, host=os.uname().nodename))
            path.chmod(0o600)
        start_daemons(cluster)
        yield cluster
    finally:
        try:
            cluster.end_jobs()
        finally:
            cluster.stop()
            for name in configuration:
                (CONFIGURATION / name).unlink(missing_ok=True)


def start_daemons(cluster: Cluster) -> None:
    """Start the daemons in the order in which they need each other, each when the one before answers."""
    folder = cluster.folder
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    socket = f"{folder}/munge.socket"
    paths = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
    cluster.start("munged", "--foreground", "--force", f"--socket={socket}", *paths)
    cluster.wait_for("munged", "munge", "--no-input", f"--socket={socket}")
    database = folder / "database"
    install = ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={database}", "--skip-test-db"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    # Without passwords: it is thrown away, and listens on the loopback interface alone.
    options = [f"--datadir={database}", f"--socket={folder}/mariadb.socket", "--bind-address=127.0.0.1", "--port=26820"]
    cluster.start("mariadbd", "--no-defaults", "--user=root", "--skip-grant-tables", *options)
    cluster.wait_for("mariadbd", "mariadb-admin", f"--socket={folder}/mariadb.socket", "ping")
    cluster.start("slurmdbd", "-D")
    cluster.wait_for("slurmdbd", "sacctmgr", "--noheader", "list", "cluster")
    subprocess.run(["sacctmgr", "--immediate", "add", "cluster", "selcn"], check=True, stdout=subprocess.DEVNULL)
    cluster.start_controller()
    cluster.start("slurmd", "-D")
    idle = f"slurmd to be idle; its output is in {folder}/slurmd.out"
    wait_for(lambda: "idle" in output_of("sinfo", "--noheader", "--format=%t"), idle)


def kill_leftovers() -> None:
    """Kill what jobs have left behind: `linuxproc` loses a Snakemake whose job script was killed before it."""
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if b"SLURM_CLUSTER_NAME=selcn\0" in environment.read_bytes():
                os.kill(int(environment.parent.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # ended meanwhile, or none of ours


def answers(*command: str) -> bool:
    """Return whether a command ends well."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def output_of(*command: str) -> str:
    """Return what a command prints; nothing where it fails."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until a condition holds.

    Raises
    ------
    TimeoutError
        It does not hold within so many seconds.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)
