"""Images of a repository: listed page by page, kept while an index needs them."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.services import ecr

from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
PAGE_SIZE = 100
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
DELETED_AT_ONCE = 100
REFERENCED = "Requested image referenced by manifest list: [{}]"


def install(_settings: ServerSettings) -> None:
    """Wrap the three calls."""
    replace_each(
        ecr,
        {
            "_describe_images": _described,
            "_list_images": lambda original: paged(original, "imageIds"),
            "_batch_delete_image": _unless_needed,
        },
    )


def paged(original: Function, member: str) -> Function:
    """A function that lists everything, made to answer ``maxResults`` at a time."""

    def listed(data: Record) -> Any:
        result = original(data)
        if result[0] != 200:
            return result
        answer = json.loads(result[2])
        start = int(data.get("nextToken") or 0)
        end = start + int(data.get("maxResults") or PAGE_SIZE)
        more = {"nextToken": str(end)} if end < len(answer[member]) else {}
        return json_response({**answer, member: answer[member][start:end], **more})

    return listed


def _described(original: Function) -> Function:
    pages = paged(_by_tag_status(original), "imageDetails")

    def describe(data: Record) -> Any:
        name, wanted = data.get("repositoryName", ""), data.get("imageIds") or []
        absent = [image for image in wanted if not ecr._find_image(name, image)]
        if name not in ecr._repositories or not absent:
            return original(data) if wanted else pages(data)
        shown = {key: absent[0].get(key, "null") for key in ("imageDigest", "imageTag")}
        which = ", ".join(f"{key}:'{value}'" for key, value in shown.items())
        text = (
            f"The image with imageId {{{which}}} does not exist within the repository with name "
            f"'{name}' in the registry with id '{get_account_id()}'"
        )
        return error_response_json("ImageNotFoundException", text, 400)

    return describe


def _by_tag_status(original: Function) -> Function:
    def describe(data: Record) -> Any:
        result = original(data)
        status = (data.get("filter") or {}).get("tagStatus", "ANY")
        if result[0] != 200 or status == "ANY":
            return result
        answer = json.loads(result[2])
        tagged = status == "TAGGED"
        details = [d for d in answer["imageDetails"] if bool(d.get("imageTags")) == tagged]
        return json_response({**answer, "imageDetails": details})

    return describe


def references(repository: str) -> dict[str, str]:
    """Digest of each image that an index of the repository needs: digest of that index."""
    found = {}
    for image in ecr._images.get(repository) or []:
        try:
            manifest = json.loads(image.get("imageManifest") or "{}")
        except ValueError:
            continue
        for child in manifest.get("manifests") or []:
            found[child.get("digest", "")] = image["imageDigest"]
    return found


def _unless_needed(original: Function) -> Function:
    def delete(data: Record) -> Any:
        wanted = data.get("imageIds") or []
        if len(wanted) > DELETED_AT_ONCE:
            text = f"imageIds: at most {DELETED_AT_ONCE} images can be deleted at once."
            return error_response_json("InvalidParameterException", text, 400)
        asked = {image.get("imageDigest") for image in wanted}
        needed = {
            child: index
            for child, index in references(data.get("repositoryName", "")).items()
            if index not in asked
        }
        kept = [image for image in wanted if image.get("imageDigest") in needed]
        result = original({**data, "imageIds": [i for i in wanted if i not in kept]})
        if result[0] != 200 or not kept:
            return result
        answer = json.loads(result[2])
        answer["failures"] += [
            {
                "imageId": image,
                "failureCode": "ImageReferencedByManifestList",
                "failureReason": REFERENCED.format(needed[image["imageDigest"]]),
            }
            for image in kept
        ]
        return json_response(answer)

    return delete
