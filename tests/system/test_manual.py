"""jiebangd.conf(5) against the daemon's own table of options, by way of --print-config."""
import re

import harness

MANUAL = harness.ROOT / "conf" / "jiebangd.conf.5"


def manual():
    """Option → (default, marked as reloadable), in the order of the page."""
    options, name = {}, None
    for line in MANUAL.read_text(encoding="utf-8").splitlines():
        item = re.match(r"\.It Ic (\S+) No = (.*)$", line)
        if item:
            name = item.group(1)
            options[name] = (item.group(2).replace(r"\(dq", '"').replace(r"\&", ""), False)
        elif line.startswith(".El"):
            name = None
        elif line == ".Pq Em reload" and name:
            options[name] = (options[name][0], True)
    return options


def printed(folder):
    """The same from the effective configuration of an empty file: groups become dotted names."""
    config = folder / "empty.conf"
    config.write_text("")
    done = harness.run([harness.JIEBANGD, "--config", config, "--print-config"])
    assert done.code == 0, done
    options, group, reload = {}, "", False
    for line in done.out.replace(f"{folder}/", "").splitlines():
        line = line.strip()
        if line.startswith("#"):
            reload = line.endswith("(taken on reload)")
        elif line.endswith("= {"):
            group = line.split()[0] + "."
        elif line == "};":
            group = ""
        elif line:
            name, value = re.fullmatch(r"(\S+) = (.*);", line).groups()
            options[group + name] = (value, reload)
    return options


def test_every_option_with_its_default(folder):
    table, page = printed(folder), manual()
    assert len(table) > 20, "the output of --print-config was not understood"
    assert page == table


def test_order_is_the_table_s(folder):
    assert list(manual()) == list(printed(folder))


def test_printed_configuration_is_accepted(folder):
    """What is printed can be loaded again, and says the same."""
    config = folder / "jiebangd.conf"
    config.write_text(f'state_dir = "{folder}/state";\ncourier = {{ timeout = "13s"; }};\n')
    first = harness.run([harness.JIEBANGD, "--config", config, "--print-config"])
    assert first.code == 0, first
    config.write_text(first.out)
    second = harness.run([harness.JIEBANGD, "--config", config, "--print-config"])
    assert (second.code, second.out) == (0, first.out), second
    assert 'timeout = "13s";' in second.out
