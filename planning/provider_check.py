"""Whether a recorded resource is what the provider accepts, from what its packages ship."""

from planning.argument_check import argument_problems
from planning.limits import limit_problems
from planning.name_check import name_problems
from planning.policy_check import policy_problems
from planning.resource import Resource
from planning.service_check import service_problems
from planning.tag_check import tag_problems


def problems(resource: Resource) -> list[str]:
    """What the provider or AWS would refuse about a resource, one line each.

    Arguments by the typed classes of the Pulumi package, values by AWS's API descriptions and by
    the limits they leave out, names as they will be, tags, and policy documents. Components have
    none of these.
    """
    if not resource.custom:
        return []
    found = [*argument_problems(resource), *service_problems(resource)]
    for check in (limit_problems, name_problems, tag_problems, policy_problems):
        found += check(resource)
    # A limit may be stated twice, in the description and in the table.
    return list(dict.fromkeys(found))
