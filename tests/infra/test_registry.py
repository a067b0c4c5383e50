"""Where images lie: tags that never move, scanned, and enough of them for a rollback."""

import json

from infra.components.registry import lifecycle
from planning.recording import Recording
from tests.infra.planned import document
from tests.support.tokens import REPOSITORY

LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"


class TestTheRepository:
    """What runs in production comes from here and nowhere else."""

    def test_has_tags_that_never_move(self, prod: Recording) -> None:
        assert prod.only(REPOSITORY).inputs["imageTagMutability"] == "IMMUTABLE", (
            "whoever can push could change what older tasks start"
        )

    def test_scans_each_image(self, prod: Recording) -> None:
        scanning = prod.only(REPOSITORY).inputs["imageScanningConfiguration"]
        assert scanning == {"scanOnPush": True}, "known holes go to production unseen"

    def test_is_deleted_with_its_images_only_where_the_settings_say_so(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert prod.only(REPOSITORY).inputs["forceDelete"] is False, "nothing to roll back to"
        assert staging.only(REPOSITORY).inputs["forceDelete"] is True, "make down stops halfway"


class TestTheLifeCycle:
    """Rules do not know what tasks use: too few images kept was an outage elsewhere."""

    def test_keeps_as_many_images_as_the_settings_say(self, prod: Recording) -> None:
        assert document(prod.only(LIFECYCLE)) == lifecycle(30)

    def test_counts_images_and_never_their_age(self) -> None:
        assert '"countType": "imageCountMoreThan", "countNumber": 12' in json.dumps(
            lifecycle(12)
        ), "a service that is not deployed for a month would lose its image"
        assert '"tagStatus": "any"' in json.dumps(lifecycle(12)), "tagged images are kept for ever"

    def test_follows_its_setting(self, tuned: Recording) -> None:
        assert document(tuned.only(LIFECYCLE)) == lifecycle(98), "the setting does nothing"
