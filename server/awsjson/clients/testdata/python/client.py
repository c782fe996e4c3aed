"""Drives boto3 for the conformance suite: a question a line on standard input, an answer a line on standard output.

What goes in and out has the shape of the wire: blobs in base64, timestamps in seconds since 1970. The questions are told
in ../drive_test.go. Run with the Python whose boto3 is meant; the settings come in the first argument as JSON.
"""
import base64
import datetime
import json
import sys


def tree(shape, seen=()):
    """The members that a client knows of a shape: a dictionary, or None for what has none."""
    if shape is None or shape.name in seen:
        return {} if shape is None else None
    seen = seen + (shape.name,)
    if shape.type_name == "structure":
        return {name: tree(member, seen) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return tree(shape.member, seen)
    return None


def known(model):
    ops = {name: model.operation_model(name) for name in model.operation_names}
    return {name: {"in": tree(op.input_shape), "out": tree(op.output_shape)} for name, op in ops.items()}


if sys.argv[1] == "cli":  # what the AWS CLI knows, which has a botocore of its own; it cannot be asked beside boto3's
    import awscli
    import awscli.botocore.session

    model = awscli.botocore.session.Session().get_service_model("kinesis")
    print(json.dumps({"out": known(model), "version": "AWS CLI " + awscli.__version__}))
    sys.exit()

import boto3
import botocore.exceptions
from botocore import xform_name
from botocore.config import Config

settings = json.loads(sys.argv[1])


def connect(attempts):
    return boto3.client(
        "kinesis",
        endpoint_url=settings["endpoint"],
        region_name=settings["region"],
        aws_access_key_id=settings["key"],
        aws_secret_access_key=settings["secret"],
        verify=settings.get("ca") or None,
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=60),
    )


client = connect(settings.get("attempts") or 1)
model = client.meta.service_model


def to_python(value, shape):
    if shape.type_name == "structure":
        return {k: to_python(v, shape.members[k]) if k in shape.members else v for k, v in value.items()}
    if shape.type_name == "list":
        return [to_python(v, shape.member) for v in value]
    if shape.type_name == "blob":
        return base64.b64decode(value)
    return value


def to_wire(value):
    if isinstance(value, dict):
        return {k: to_wire(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list):
        return [to_wire(v) for v in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    return value


def call(ask):
    op = ask["op"]
    params = to_python(ask.get("in", {}), model.operation_model(op).input_shape)
    out = getattr(client, xform_name(op))(**params)
    meta = out["ResponseMetadata"]
    return {"out": to_wire(out), "attempts": meta.get("RetryAttempts", 0) + 1, "id": meta.get("RequestId", "")}


def pages(ask):
    op = xform_name(ask["op"])
    if not client.can_paginate(op):
        return {"lacks": "a paginator"}
    items, count = [], 0
    for page in client.get_paginator(op).paginate(**ask.get("in", {}), PaginationConfig={"PageSize": ask["size"]}):
        count += 1
        value = to_wire(page)
        for name in ask["items"].split("."):
            value = value[name]
        items += value
    return {"out": items, "pages": count}


def wait(ask):
    name = ask["name"].replace("-", "_")
    if name not in client.waiter_names:
        return {"lacks": "a waiter"}
    client.get_waiter(name).wait(**ask.get("in", {}), WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return {"out": None}


def subscribe(ask):
    params = to_python(ask.get("in", {}), model.operation_model("SubscribeToShard").input_shape)
    out = client.subscribe_to_shard(**params)
    events, records = [], 0
    for event in out["EventStream"]:
        value = to_wire(event["SubscribeToShardEvent"])
        events.append(value)
        records += len(value["Records"])
        if ask.get("records") and records >= ask["records"]:
            out["EventStream"].close()
            return {"out": events, "ended": False}
    return {"out": events, "ended": True}


def shapes(ask):
    return {"out": known(model), "version": "boto3 " + boto3.__version__}


def modelled(e):
    """Whether this boto3 has a class for an exception: an old one does not know all of them."""
    try:
        return bool(getattr(client.exceptions, e.response["Error"]["Code"]))
    except AttributeError:
        return False


doers = {"call": call, "pages": pages, "wait": wait, "subscribe": subscribe, "shapes": shapes}
for line in sys.stdin:
    ask = json.loads(line)
    try:
        answer = doers[ask["do"]](ask)
    except botocore.exceptions.EventStreamError as e:
        answer = {"err": {"code": e.response["Error"]["Code"], "message": e.response["Error"]["Message"], "type": type(e).__name__}}
    except botocore.exceptions.ClientError as e:
        answer = {
            "err": {
                "code": e.response["Error"]["Code"],
                "message": e.response["Error"]["Message"],
                "status": e.response["ResponseMetadata"]["HTTPStatusCode"],
                "type": type(e).__name__ if modelled(e) else "",
            },
            "attempts": e.response["ResponseMetadata"].get("RetryAttempts", 0) + 1,
            "id": e.response["ResponseMetadata"].get("RequestId", ""),
        }
    except Exception as e:  # what the client itself has to say
        answer = {"err": {"code": "", "message": str(e), "type": type(e).__name__}}
    print(json.dumps(answer), flush=True)
