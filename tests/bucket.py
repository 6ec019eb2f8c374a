"""A real S3 server on this machine (moto), with buckets that only this test run knows."""

import json
import logging
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from urllib.request import Request, urlopen

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "very-secret-key", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def server():
    """Run a server while the context lasts, and point this process and those that it starts to it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    before = dict(os.environ)
    try:
        host, port = s3.get_host_and_port()
        os.environ |= {**KEYS, "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_CONFIG_FILE": os.devnull}
        yield os.environ["AWS_ENDPOINT_URL"]
    finally:
        os.environ.clear()
        os.environ.update(before)
        s3.stop()


def _client(service):
    import boto3  # heavy, and most tests need none

    return boto3.client(service)


def new_bucket(**more):
    """Return the URL of a bucket of its own."""
    name = f"watch-{uuid.uuid4().hex[:12]}"
    _client("s3").create_bucket(Bucket=name, **more)
    return f"s3://{name}"


def contents(url):
    """Return the bytes of all objects, by their names after the URL."""
    bucket, _, folder = url.removeprefix("s3://").partition("/")
    client = _client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    return {key[len(folder) + 1 :]: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def put(url, content):
    """Write an object; without content remove it."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if content is None:
        _client("s3").delete_object(Bucket=bucket, Key=key)
    else:
        _client("s3").put_object(Bucket=bucket, Key=key, Body=content)


@contextmanager
def asking(endpoint):
    """Have the server ask who comes; yield the keys of one who may only read, and of one who may all."""
    found = [_user(["s3:Get*", "s3:List*", "s3:Head*"]), _user(["s3:*"])]
    _ask(endpoint, b"0")
    try:
        yield found
    finally:
        _ask(endpoint, b"inf")


def _user(actions):
    iam, name = _client("iam"), f"user-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def darkships(*args, **environment):
    """Run the command line as a process of its own, with other credentials; return exit code, stdout and stderr."""
    command = [sys.executable, "-W", "error", "-c", "from darkships.cli import main; main()", *map(str, args)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def _ask(endpoint, requests_without_check):
    about = {"Content-Type": "text/plain"}
    urlopen(Request(f"{endpoint}/moto-api/reset-auth", requests_without_check, about, method="POST")).close()  # noqa: S310
