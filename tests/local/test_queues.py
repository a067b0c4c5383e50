"""The queues of `make up`: one for each process that may take jobs, there until all have ended."""

import signal

import psutil

from tests.local.running import NOBODYS_DATABASE, Project

WEB = "web: python serve.py"
USE_QUEUE = """
import os, signal, sys, time
import boto3
sqs = boto3.client("sqs", region_name=os.environ["AWS_REGION"])
name = next(n for n in ("WORKER", "SEND_MAIL") if sys.argv[1] == n.lower().replace("_", "-"))
url = os.environ[f"QUEUE_URL_{name}"]
def stop(*_):
    print("still there:", "QueueUrls" in sqs.list_queues(), flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
sqs.send_message(QueueUrl=url, MessageBody=sys.argv[1])
took = sqs.receive_message(QueueUrl=url)["Messages"]
print("took", [message["Body"] for message in took], "from", url, flush=True)
time.sleep(60)
"""


def test_each_process_but_web_finds_its_own_queue(project: Project) -> None:
    project.procfile(WEB, "worker: python use.py worker", "send-mail: python use.py send-mail")
    project.write("use.py", USE_QUEUE)
    run = project.up()
    run.address()
    run.wait_for(r"worker    [|] took \['worker'\] from .*/worker")
    run.wait_for(r"send-mail [|] took \['send-mail'\] from .*/send-mail")
    run.send(signal.SIGINT)
    assert run.end() == 0, run.output
    assert run.output.count("still there: True") == 2, (
        "a worker could not give its job back at the end"
    )
    assert "Traceback" not in run.output
    assert project.processes() == [], "the queue server is left behind"


FAIL = """
import os, sys, time
import boto3
sqs = boto3.client("sqs", region_name=os.environ["AWS_REGION"])
url = os.environ["QUEUE_URL_WORKER"]
sqs.send_message(QueueUrl=url, MessageBody="never done")
tries = 0
while True:
    for message in sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages", []):
        tries += 1
    dead = sqs.receive_message(QueueUrl=url + "-dead-letters").get("Messages", [])
    if dead:
        print("dead after", tries, "tries:", dead[0]["Body"], flush=True)
        time.sleep(60)
"""


def test_a_job_that_is_never_done_becomes_a_dead_letter(project: Project) -> None:
    project.procfile(WEB, "worker: python fail.py")
    project.write("fail.py", FAIL)
    run = project.up()
    run.wait_for(r"worker [|] dead after 5 tries: never done")


def test_the_broker_of_env_is_used_instead(project: Project) -> None:
    project.procfile(WEB, "worker: python broker.py")
    project.write(
        "broker.py", "import os, time; print(os.environ['BROKER_URL'], flush=True); time.sleep(60)"
    )
    project.write(".env", NOBODYS_DATABASE + "BROKER_URL=amqp://me@127.0.0.1\n")
    run = project.up()
    run.wait_for(r"worker [|] amqp://me@127\.0\.0\.1")
    assert "The broker is the one that .env names; none is started here." in run.output


def test_when_the_queues_die_everything_stops_with_the_reason(project: Project) -> None:
    project.procfile(WEB, "worker: python -c 'import time; time.sleep(60)'")
    run = project.up()
    run.address()
    server = next(
        process
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "local.queue_server" in (process.info["cmdline"] or [])
        and process.info["cwd"] == str(project.folder)
    )
    server.kill()
    assert run.end() == 137
    assert "sqs was ended by SIGKILL, so everything stops" in run.output
