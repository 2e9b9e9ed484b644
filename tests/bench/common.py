"""What the benches share: a daemon, a programme to measure with, the CPU of a process, and how a result is said."""
import csv
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
import harness  # noqa: E402
from harness import ROOT  # noqa: E402

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
results = []
started = []  # whatever happens, nothing that a bench started outlives it


def start(argv, **options):
    started.append(subprocess.Popen(argv, stderr=subprocess.DEVNULL, **options))
    return started[-1]


class Daemon(harness.Daemon):
    def __init__(self, *args, ca_file=None, **options):
        super().__init__(*args, **options)
        self.ca_file = ca_file  # that the receivers' certificates are checked with
        started.append(self)

    def write_config(self):
        super().write_config()
        if self.ca_file:
            text = self.config.read_text(encoding="utf-8")
            self.config.write_text(text.replace("egress = {", f'egress = {{ ca_file = "{self.ca_file}";'), encoding="utf-8")


def verdict(name, ratio, limit, good, detail):
    results.append(good)
    print(f"{'ok  ' if good else 'MISS'} {name}: {ratio:.2f} (limit {limit})   {detail}", flush=True)


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def threads_s(pid):
    """CPU of the loop thread and of the writer thread."""
    split = {"loop": 0, "writer": 0}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        name = (task / "comm").read_text().strip()
        split["writer" if name == "jiebang-writer" else "loop"] += (int(fields[11]) + int(fields[12])) / TICK
    return split


def split_us(pid, before, count):
    """ "loop 21 µs, writer 28 µs": what each of `count` cost since `before`."""
    return ", ".join(f"{name} {(used - before[name]) / count * 1e6:.0f} µs" for name, used in threads_s(pid).items())


def peak_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def template():
    """Keys of the format as the shipped programme has them, so that this file needs no second description of it."""
    return (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")


def bench_programme(folder, name, soft_cap=100000, ladder=None, plan=None):
    """The shipped 2023 programme under another id, its cap out of the way, optionally another ladder or plan.

    One message a reminder, and a report may be filed at once: what is measured is sending and filing.
    """
    text = template().replace('id = "future-2023"', f'id = "{name}"', 1)
    text = re.sub(r"(?m)^(digests|rollup) = .*\n", "", text).replace('satisfied_by = "', 'early = true; satisfied_by = "')
    text = re.sub(r"(shortlist_cap\s*=\s*\{[^}]*limit\s*=\s*)\d+", rf"\g<1>{soft_cap}", text)
    if ladder:
        text = re.sub(r"ladders = \(.*?\n\);", lambda _: ladder, text, flags=re.S)
    if plan:
        text = re.sub(r"obligations = \(.*?\n\);", lambda _: plan, text, flags=re.S)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.conf").write_text(text, encoding="utf-8")
    return folder


def write_units(path, count, recommenders=50):
    tasks = [line for line in re.findall(r'id = "([a-z]+-\d\d)"', template())]
    with open(path, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["序号", "揭榜任务", "项目名称", "申报单位", "联合体单位", "推荐单位", "所属地区"])
        for i in range(count):
            rows.writerow([i + 1, tasks[i % len(tasks)], f"示例项目{i:07}", f"示例单位{i:07}",
                           f"示例联合单位{i:07}" if i % 3 == 0 else "", f"示例推荐单位{i % recommenders:02}", "北京"])


def published(daemon, units, name="bench", date="2024-09-02"):
    write_units(daemon.folder / "units.csv", units)
    daemon.ctl("unit", "import", "--programme", name, str(daemon.folder / "units.csv"), code=0)
    daemon.ctl("programme", "publish", name, "--date", date, code=0)
