"""The balancer: what of the world reaches the application, and how."""

import pytest

from infra.environment import KEEP_ALIVE_MARGIN_SECONDS
from planning.recording import Recording
from tests.infra.planned import container
from tests.support.tokens import LISTENER, LOAD_BALANCER, SUBNET, TARGET_GROUP


class TestHttps:
    """The first byte of a secret in the clear is one too many."""

    def test_listens_with_a_current_policy(self, prod: Recording) -> None:
        secure = prod.named("flaskapp-prod-https", LISTENER).inputs
        assert (secure["port"], secure["protocol"]) == (443, "HTTPS")
        assert secure["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", (
            "AWS's own default is of 2016 and takes TLS 1.0"
        )

    def test_sends_plain_requests_there_for_good(self, prod: Recording) -> None:
        plain = prod.named("flaskapp-prod-http", LISTENER).inputs
        (action,) = plain["defaultActions"]
        assert plain["port"] == 80
        assert action["redirect"] == {
            "port": "443",
            "protocol": "HTTPS",
            "statusCode": "HTTP_301",
        }, "a page is served, or a session sent, in the clear"

    def test_answers_with_the_headers_that_browsers_obey(self, prod: Recording) -> None:
        secure = prod.named("flaskapp-prod-https", LISTENER).inputs
        header = "routingHttpResponse{}HeaderValue".format
        assert secure[header("StrictTransportSecurity")] == "max-age=31536000; includeSubDomains"
        assert secure[header("XContentTypeOptions")] == "nosniff", "an upload runs as a script"
        assert secure[header("XFrameOptions")] == "DENY", "another site frames this one"
        assert secure["routingHttpResponseServerEnabled"] is False, "it says what it is"

    def test_is_the_only_way_to_the_application(self, prod: Recording) -> None:
        forwards = [
            each.name
            for each in prod.of_type(LISTENER)
            if each.inputs["defaultActions"][0]["type"] == "forward"
        ]
        assert forwards == ["flaskapp-prod-https"], "the application answers in the clear"


class TestPlainHttp:
    """Only where the settings allow a stack without a domain."""

    def test_answers_on_port_80_alone(self, bare: Recording) -> None:
        (listener,) = bare.of_type(LISTENER)
        assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
        assert listener.inputs["defaultActions"][0]["type"] == "forward", "it answers nobody"
        assert "certificateArn" not in listener.inputs

    def test_does_not_promise_https_to_browsers(self, bare: Recording) -> None:
        (listener,) = bare.of_type(LISTENER)
        assert "routingHttpResponseStrictTransportSecurityHeaderValue" not in listener.inputs, (
            "browsers would ask for HTTPS that there is not"
        )


class TestTheBalancer:
    """It faces the internet, so it takes nothing that is malformed."""

    def test_refuses_what_is_malformed(self, prod: Recording) -> None:
        inputs = prod.only(LOAD_BALANCER).inputs
        assert inputs["dropInvalidHeaderFields"] is True, "a request is smuggled in"
        assert inputs["desyncMitigationMode"] in ("defensive", "strictest"), "the same"
        assert inputs["xffHeaderProcessingMode"] == "append", "a client writes its own address"

    def test_stands_in_every_zone_in_public(self, prod: Recording) -> None:
        balancer = prod.only(LOAD_BALANCER)
        assert balancer.inputs["internal"] is False, "nobody reaches it"
        used = {
            prod.by_urn[urn].name
            for urn in balancer.property_dependencies["subnets"]
            if prod.by_urn[urn].type == SUBNET
        }
        assert used == {f"flaskapp-prod-public-{zone}" for zone in "abc"}, "a zone is left out"

    def test_writes_down_who_asked_for_what(self, prod: Recording) -> None:
        logs = prod.only(LOAD_BALANCER).inputs["accessLogs"]
        assert logs["enabled"] is True, "an attack leaves no trace"
        assert logs["bucket"].startswith("flaskapp-prod-access-logs"), "in somebody else's bucket"

    def test_is_protected_by_its_setting(self, prod: Recording, staging: Recording) -> None:
        assert prod.only(LOAD_BALANCER).inputs["enableDeletionProtection"] is True
        assert staging.only(LOAD_BALANCER).inputs["enableDeletionProtection"] is False, (
            "make down stops halfway"
        )

    @pytest.mark.parametrize("kind", [LOAD_BALANCER, TARGET_GROUP])
    def test_has_no_name_that_a_replacement_would_collide_with(
        self, prod: Recording, kind: str
    ) -> None:
        found = prod.named("flaskapp-prod-web", kind)
        assert "name" not in found.inputs, "the new one cannot be made while the old one is used"
        assert len(found.name) <= 24, "Pulumi's suffix does not fit"

    def test_closes_idle_connections_before_the_server_does(self, tuned: Recording) -> None:
        assert tuned.only(LOAD_BALANCER).inputs["idleTimeout"] == 90
        environment = {each["name"]: each["value"] for each in container(tuned)["environment"]}
        assert int(environment["KEEP_ALIVE"]) >= 90 + KEEP_ALIVE_MARGIN_SECONDS > 90, (
            "the server closes a connection that is about to be used: a 502 now and then"
        )


class TestTheTargetGroup:
    """Which tasks get requests, and how they leave."""

    def test_checks_health_as_the_settings_say(self, tuned: Recording) -> None:
        check = tuned.named("flaskapp-prod-web", TARGET_GROUP).inputs["healthCheck"]
        assert check == {
            "path": "/up",
            "interval": 7,
            "timeout": 3,
            "healthyThreshold": 3,
            "unhealthyThreshold": 4,
            "matcher": "200",
        }, "a redirect or an error would count as health"

    def test_asks_a_path_that_touches_no_database(self, prod: Recording) -> None:
        check = prod.named("flaskapp-prod-web", TARGET_GROUP).inputs["healthCheck"]
        assert check["path"] == "/livez", "a database fault would stop every task"

    def test_lets_a_leaving_task_finish(self, prod: Recording, tuned: Recording) -> None:
        assert tuned.named("flaskapp-prod-web", TARGET_GROUP).inputs["deregistrationDelay"] == 33, (
            "requests are cut off"
        )
        assert prod.named("flaskapp-prod-web", TARGET_GROUP).inputs["deregistrationDelay"] == 15, (
            "300 s by default: a rollout takes five minutes more for nothing"
        )

    def test_takes_the_addresses_of_tasks_on_their_port(self, prod: Recording) -> None:
        inputs = prod.named("flaskapp-prod-web", TARGET_GROUP).inputs
        assert (inputs["targetType"], inputs["port"], inputs["protocol"]) == ("ip", 8000, "HTTP")
