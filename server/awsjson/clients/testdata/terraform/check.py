"""Holds configurations of Terraform to the AWS provider's attributes: none that is unknown, none required that is missing.

aws.json has them for the resources that are exported, a required one with * in front. Source: @cdktf/provider-aws 21.22.1, which is
made from the schema of hashicorp/aws.
"""

import json
import pathlib
import sys

import hcl2

KNOWN = json.loads((pathlib.Path(__file__).parent / "aws.json").read_text())
FLAWS = []


def check(known, body, where):
    names = {k.strip('"') for k in body if not k.startswith("__")}
    for name in names:
        if name not in known and "*" + name not in known:
            FLAWS.append(f"{where} has no attribute {name}")
            continue
        inner = known.get(name) or known.get("*" + name)
        if inner:
            value = body[name]
            for block in value if isinstance(value, list) else [value]:
                check(inner, block, f"{where}.{name}")
    for name in known:
        if name.startswith("*") and name[1:] not in names:
            FLAWS.append(f"{where} needs {name[1:]}")


for path in sys.argv[1:]:
    with open(path) as file:
        for resource in hcl2.load(file).get("resource", []):
            for kind, named in resource.items():
                kind = kind.strip('"')
                for name, body in named.items():
                    where = f"{pathlib.Path(path).name}: {kind}.{name}"
                    if kind in KNOWN:
                        check(KNOWN[kind], body, where)
                    else:
                        FLAWS.append(f"{where}: no attributes are known of {kind}")
sys.exit("\n".join(FLAWS) or 0)
