"""The program behind `local.queues`: moto's SQS in memory, two queues for each given name."""

import json
import logging
import sys
import threading

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from local.ports import HOST
from local.queues import LOGIN, MAX_RECEIVES, READY, VISIBILITY_SECONDS


def serve(port: int, names: list[str]) -> None:
    """Serve until the process is ended; says READY when the queues are there."""
    # A line for each request would drown the application's.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    ThreadedMotoServer(HOST, port, verbose=False).start()
    sqs = boto3.client(
        "sqs",
        endpoint_url=f"http://{HOST}:{port}",
        region_name=LOGIN["AWS_REGION"],
        aws_access_key_id=LOGIN["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=LOGIN["AWS_SECRET_ACCESS_KEY"],
    )
    for name in names:
        # As in the stack: what failed too often is put aside.
        dead = sqs.create_queue(QueueName=f"{name}-dead-letters")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
            "maxReceiveCount": str(MAX_RECEIVES),
        }
        attributes = {
            "VisibilityTimeout": str(VISIBILITY_SECONDS),
            "RedrivePolicy": json.dumps(redrive),
        }
        sqs.create_queue(QueueName=name, Attributes=attributes)
    print(READY, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
