"""The application's image: built here, or named in the settings."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """What the image takes; `uri` stands for a build that has happened elsewhere."""

    uri: str
    context: str
    platform: str
    tag: str
    repository_url: pulumi.Input[str]
    registry_id: pulumi.Input[str]


class Image(pulumi.ComponentResource):
    """Build and push, tagged by content.

    * the image, built for one platform, pushed under a tag that never moves; not in preview
    * nothing at all where the settings name an existing image
    """

    reference: pulumi.Output[str]

    def __init__(
        self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:image:Image", name, None, opts)
        if args.uri:
            self.reference = pulumi.Output.from_input(args.uri)
        else:
            # A digest names the same bytes for ever; a tag would have to be trusted.
            self.reference = self._build(name, args).repo_digest
        self.register_outputs({"reference": self.reference})

    def _build(self, name: str, args: ImageArgs) -> docker.Image:
        token = aws.ecr.get_authorization_token_output(
            registry_id=args.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return docker.Image(
            f"{name}-app",
            image_name=pulumi.Output.concat(args.repository_url, ":", args.tag),
            build={
                "context": args.context,
                "dockerfile": f"{args.context}/Dockerfile",
                "platform": args.platform,
            },
            build_on_preview=False,
            registry={
                "server": args.repository_url,
                "username": token.user_name,
                "password": pulumi.Output.secret(token.password),
            },
            # What older tasks run must stay in the registry.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
