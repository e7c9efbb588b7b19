#!/usr/bin/env python3
"""Times vault against sops, and rops where it is named, on the same files, in one run, and prints medians and ratios.

    cargo build --release && benches/compare.py [--vault target/release/vault] [--sops sops] [--rops rops]

The files are made by sops (age, one recipient, flat keys), so both programs read the same bytes; vault reads them as an
environment with `signed: false`. The signed file beside it is what vault makes of it with `vault sign`. Memory is the peak of the
resident set in one run more, by GNU time: what Python starts itself is counted with the memory of Python. rops takes minutes to
install (`cargo install rops-cli`) and is left out unless it is named.
"""

import argparse, os, pathlib, statistics, subprocess, tempfile, time

KEYS = [1, 10, 1_000, 10_000]
TIME = "/usr/bin/time"
RUNS = {1: 60, 10: 60, 1_000: 20, 10_000: 9}


def spend(command, env, cwd):
    """Seconds of one run; output is thrown away."""
    start = time.perf_counter()
    subprocess.run(command, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def memory(command, env, cwd):
    """MiB of one run; not a number where there is no GNU time."""
    if not pathlib.Path(TIME).exists():
        return float("nan")
    with tempfile.NamedTemporaryFile("r") as kib:
        spend([TIME, "-f", "%M", "-o", kib.name, *command], env, cwd)
        return int(kib.read()) / 1024


def measure(commands, env, cwd, runs):
    """Medians of several commands, run in turn so that a noisy moment meets them all."""
    spent = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            spent[name].append(spend(command, env, cwd))
    return {name: (statistics.median(all_) * 1e3, memory(commands[name], env, cwd)) for name, all_ in spent.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vault", default="target/release/vault")
    parser.add_argument("--sops", default=os.environ.get("VAULT_TEST_SOPS", "sops"))
    parser.add_argument("--rops")
    options = parser.parse_args()
    vault = str(pathlib.Path(options.vault).resolve())
    with tempfile.TemporaryDirectory() as place:
        home = pathlib.Path(place)
        repo = home / "repo"
        repo.mkdir()
        env = {"HOME": place, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        run = lambda *command, **more: subprocess.run(command, env=env, cwd=repo, check=True, capture_output=True, text=True, **more)
        run("git", "init", "-q", ".")
        member = run(vault, "keygen").stdout.strip()
        identity = home / ".config/vault/identity.txt"
        env["SOPS_AGE_KEY_FILE"] = str(identity)
        env["ROPS_AGE"] = next(line for line in identity.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-"))
        names = [f"n{count}" for count in KEYS]
        environments = "".join(f"    {name}: {{recipients: [me], signed: false}}\n    s{name}: {{recipients: [me], signed: false}}\n" for name in names)
        (repo / ".vault.yaml").write_text(f"version: 1\nrecipients:\n    me: {member}\nenvironments:\n{environments}")
        (repo / "secrets").mkdir()
        for count in KEYS:
            plain = "".join(f"KEY_{at}: value {at} of a usual length, forty\n" for at in range(count))
            sealed = run(options.sops, "encrypt", "--age", member.split()[0], "--input-type", "yaml", "--output-type", "yaml", "--filename-override", "x.yaml", "/dev/stdin", input=plain).stdout
            for prefix in ("n", "sn"):
                (repo / f"secrets/{prefix}{count}.yaml").write_text(sealed)
            run(vault, "sign", f"sn{count}", "--yes")
        print(f"{'keys':>7}  {'program':<26} {'ms':>9} {'above start':>12} {'MiB':>7}")
        for count in KEYS:
            commands = {
                "vault --version": [vault, "--version"],
                "vault render": [vault, "render", f"n{count}"],
                "vault render (signed)": [vault, "render", f"sn{count}"],
                "vault get": [vault, "get", f"sn{count}", "KEY_0"],
                "vault run (signed)": [vault, "run", "--no-mask", f"sn{count}", "--", "/bin/true"],
                "vault completions bash": [vault, "completions", "bash"],
                "vault check --keyless": [vault, "check", "--keyless", f"sn{count}"],
                "sops decrypt": [options.sops, "decrypt", "--output-type", "dotenv", f"secrets/n{count}.yaml"],
                "sops decrypt --extract": [options.sops, "decrypt", "--extract", '["KEY_0"]', f"secrets/n{count}.yaml"],
            }
            if options.rops:
                commands["rops decrypt"] = [options.rops, "decrypt", f"secrets/n{count}.yaml"]
            result = measure(commands, env, repo, RUNS[count])
            start = result["vault --version"][0]
            for name, (ms, mib) in result.items():
                print(f"{count:>7}  {name:<26} {ms:>9.2f} {ms - start:>12.2f} {mib:>7.1f}")
            for peer in [name for name in commands if not name.startswith("vault")]:
                own = "vault get" if "--extract" in peer else "vault render (signed)"
                print(f"{'':>7}  {peer} / {own}: {result[peer][0] / result[own][0]:.1f}")


if __name__ == "__main__":
    main()
