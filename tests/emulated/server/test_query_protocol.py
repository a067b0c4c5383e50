"""The Query protocol: flat parameters in, XML out."""

from __future__ import annotations

from emulated.server.query_protocol import as_xml, element, listed, lower_first, nested


def test_members_of_a_list_come_in_the_order_of_their_numbers() -> None:
    parameters = {f"Types.member.{n}": [str(n)] for n in (10, 2, 1)}
    assert listed(parameters, "Types") == ["1", "2", "10"], "10 would sort before 2 as text"


def test_a_list_is_not_confused_with_a_longer_name() -> None:
    assert listed({"TypesMore.member.1": ["x"]}, "Types") == []


def test_flat_parameters_become_the_object_they_spell() -> None:
    parameters = {
        "AlarmName": ["a"],
        "ActionsEnabled": ["true"],
        "Metrics.member.1.Id": ["m1"],
        "Metrics.member.1.ReturnData": ["false"],
        "Metrics.member.2.Id": ["m2"],
        "Metrics.member.2.MetricStat.Metric.Dimensions.member.1.Name": ["D"],
    }
    assert nested(parameters) == {
        "AlarmName": "a",
        "ActionsEnabled": True,
        "Metrics": [
            {"Id": "m1", "ReturnData": False},
            {"Id": "m2", "MetricStat": {"Metric": {"Dimensions": [{"Name": "D"}]}}},
        ],
    }


def test_data_becomes_xml_with_lists_as_members_and_absent_values_left_out() -> None:
    data = {"Alarms": [{"Name": "a<b", "On": True, "Text": None}], "UpdatedTimestamp": 0}
    xml = as_xml(data, lambda value: f"at {value}")
    assert xml == (
        "<Alarms><member><Name>a&lt;b</Name><On>true</On></member></Alarms>"
        "<UpdatedTimestamp>at 0</UpdatedTimestamp>"
    )


def test_an_element_escapes_its_text() -> None:
    assert element("Reason", "<&>") == "<Reason>&lt;&amp;&gt;</Reason>"


def test_names_of_ec2_begin_with_a_small_letter() -> None:
    assert lower_first("LogFormat") == "logFormat"
    assert lower_first("") == ""
