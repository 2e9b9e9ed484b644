#!/usr/bin/env python3
"""Writes the invented shortlist of realistic size and its variants beside this file.

No complete official list is public, so this one is made up and says so in every name: 示例单位001 … The 52 tasks are
read from the shipped programme file, five units each: 260 rows. The same input gives the same bytes.
"""
import csv
import io
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMME = HERE.parent.parent / "conf" / "programmes" / "future-2023.conf"
UNITS_PER_TASK = 5
HEADER = ["序号", "揭榜方向", "细分领域", "项目名称", "申报单位（牵头单位）", "联合体单位", "推荐单位", "所属地区"]
REGIONS = ["北京", "上海", "广东", "江苏", "浙江", "湖北", "四川", "陕西", "安徽", "山东", "湖南", "天津"]


def tasks():
    """(track, task) by name, in the file's order."""
    text = PROGRAMME.read_text(encoding="utf-8")
    section = re.search(r"\btracks = \((.*?)\n\);", text, re.S).group(1)
    tracks = dict(re.findall(r'id = "([^"]+)"; zh = "([^"]+)"', section))
    found = re.findall(r'\{ id = "[^"]+"; track = "([^"]+)"; category = "[^"]+"; name = "([^"]+)"; \}', text)
    return [(tracks[track], name) for track, name in found]


def recommender(i):
    return f"示例{REGIONS[i]}工业和信息化厅（虚构）"


def rows():
    out = []
    for t, (track, task) in enumerate(tasks()):
        for k in range(UNITS_PER_TASK):
            n = t * UNITS_PER_TASK + k + 1
            where = (t * 7 + k * 5) % len(REGIONS)
            partners = [f"示例联合单位{n:03d}-{p + 1}" for p in range((n * 3) % 5)]
            separator = ";；、"[n % 3]
            out.append([str(n), track, task, f"示例项目{n:03d}：{task}", f"示例单位{n:03d}",
                        separator.join(partners), recommender(where), REGIONS[where]])
    return out


def text_of(table, newline="\n"):
    out = io.StringIO()
    csv.writer(out, lineterminator=newline).writerows(table)
    return out.getvalue()


def write(name, data):
    (HERE / name).write_bytes(data)


def main():
    table = [HEADER] + rows()
    assert len(table) == 261, len(table)
    plain = text_of(table)
    write("shortlist-2023.csv", plain.encode())
    write("shortlist-2023-bom-crlf.csv", b"\xef\xbb\xbf" + text_of(table, "\r\n").encode())
    write("shortlist-2023-gb18030.csv", plain.encode("gb18030"))

    few = table[1:6]
    titled = [["附件1"], ["2023年未来产业创新任务入围揭榜单位名单（示例，虚构）", "", ""], [""]]
    spaced = ["序 号", "赛道", "揭榜\n任务", "项目名称*", "牵头单位", "联合参与单位 （不超过4家）", "推荐单位", "地区", "备注", ""]
    write("shortlist-titled.csv",
          text_of(titled + [spaced] + [row + ["虚构", ""] for row in few], "\r\n").encode("gb18030"))
    ids = ["lead", "class", "project", "task"]
    write("shortlist-ids.csv", text_of([ids] + [[r[4], "potential", r[3], r[2]] for r in few]).encode())

    bad = [HEADER, few[0],
           few[1][:3] + [""] + few[1][4:],           # line 3: no project
           few[2][:7],                               # line 4: a cell too few
           few[3][:3] + ["长" * 200] + few[3][4:],   # line 5: too long
           few[4][:4] + [""] + few[4][5:],           # line 6: no lead
           few[0][:5] + ["、".join(f"示例{i}" for i in range(33))] + few[0][6:]]  # line 7: too many partners
    write("shortlist-bad-rows.csv", text_of(bad).encode())


if __name__ == "__main__":
    main()
