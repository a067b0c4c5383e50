"""Where images lie: tags that never move, scanned, and none taken away behind a release's back."""

import pytest

from planning.recording import Recording
from tests.support.tokens import REPOSITORY


class TestTheRepository:
    """What runs in production comes from here and nowhere else."""

    def test_has_tags_that_never_move(self, prod: Recording) -> None:
        assert prod.only(REPOSITORY).inputs["imageTagMutability"] == "IMMUTABLE", (
            "whoever can push could change what older tasks start"
        )

    def test_scans_each_image(self, prod: Recording) -> None:
        scanning = prod.only(REPOSITORY).inputs["imageScanningConfiguration"]
        assert scanning == {"scanOnPush": True}, "known holes go to production unseen"

    def test_is_encrypted_by_the_stacks_key_where_there_is_one(
        self, prod: Recording, bare: Recording
    ) -> None:
        def encryption(recording: Recording) -> dict[str, str]:
            (found,) = recording.only(REPOSITORY).inputs["encryptionConfigurations"]
            return dict(found)

        assert encryption(prod)["encryptionType"] == "KMS"
        assert ":key/" in encryption(prod)["kmsKey"], "AWS's key, which nobody can take back"
        assert encryption(bare) == {"encryptionType": "AES256"}, "AWS refuses a key that is none"

    def test_is_deleted_with_its_images_only_where_the_settings_say_so(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert prod.only(REPOSITORY).inputs["forceDelete"] is False, "nothing to roll back to"
        assert staging.only(REPOSITORY).inputs["forceDelete"] is True, "make down stops halfway"

    @pytest.mark.parametrize("shape", ["prod", "staging", "bare"])
    def test_has_no_life_cycle_of_its_own(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        kinds = {each.type for each in recording.custom if each.type.startswith("aws:ecr/")}
        assert kinds == {REPOSITORY}, (
            "ECR counts and dates images, and would delete one that a running task starts from"
        )
