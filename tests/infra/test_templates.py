"""What the templates say, for a platform with three tenants: synthesized once, not bundled.

`make synth` does the same with third-party packages, for one tenant and for fifty.
"""

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from weft.adapters.aws.row import Row
from weft.bootstrap.aws_settings import aws_settings

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TENANTS: Final = 3
LIMIT: Final = 500  # resources of a stack (CloudFormation quotas)
KEPT: Final = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
)


@dataclass(frozen=True)
class Stack:
    """A template, and ways to look into it."""

    template: Mapping[str, Any]

    def of(self, kind: str) -> dict[str, Any]:
        found = {n: r for n, r in self.template["Resources"].items() if r["Type"] == kind}
        assert found, f"there is no {kind}: the test looks at nothing"
        return found

    def statements(self, role: str) -> list[Any]:
        """Of the policies of the role whose logical id begins like that."""
        return [
            statement
            for policy in self.of("AWS::IAM::Policy").values()
            if policy["Properties"]["Roles"][0]["Ref"].startswith(role)
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]


@dataclass(frozen=True)
class Synthesized:
    folder: Path
    platform: Stack
    tenants: tuple[Stack, ...]

    @property
    def all(self) -> Iterator[Stack]:
        return iter((self.platform, *self.tenants))

    @property
    def both(self) -> tuple[Stack, Stack]:
        """One of each kind."""
        return self.platform, self.tenants[0]


def _synthesized(folder: Path, **deployment: Any) -> Synthesized:
    # Late, because loading the CDK takes seconds, and starts node.
    from weft.infra.app import synthesize
    from weft.infra.bundling import build_assets
    from weft.infra.deployment import Deployment

    made = Deployment(bundle=False, **deployment)
    synthesize(folder, made, build_assets(folder / "assets", "arm64", third_party=False))
    stacks = [
        Stack(json.loads((folder / f"{name}.template.json").read_text("utf-8")))
        for name in ("weft-dev", *(f"weft-dev-{tenant}" for tenant in made.tenants))
    ]
    return Synthesized(folder, stacks[0], tuple(stacks[1:]))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesizing fails where cdk-nag finds anything that is not explained."""
    pytest.importorskip("aws_cdk", reason="the extra infra is not installed")
    if shutil.which("node") is None:
        pytest.skip("there is no node, which the CDK runs on")
    tenants = ("acme", *(f"tenant-{n}" for n in range(1, TENANTS)))
    return _synthesized(tmp_path_factory.mktemp("cdk"), tenants=tenants)


def test_every_stack_is_far_from_the_limit_of_resources(app: Synthesized) -> None:
    assert len(app.tenants) == TENANTS
    assert max(len(stack.template["Resources"]) for stack in app.all) < LIMIT / 5


def test_every_suppressed_finding_says_why(app: Synthesized) -> None:
    for stack in app.both:
        told = [
            rule["reason"]
            for resource in stack.template["Resources"].values()
            for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", ())
        ]
        assert told, "nothing is suppressed, or no longer told in the template"
        assert [reason for reason in told if len(reason.split()) < 4] == []


def test_no_allowed_action_is_a_wildcard(app: Synthesized) -> None:
    for stack in app.both:
        for policy in stack.of("AWS::IAM::Policy").values():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                assert statement["Effect"] == "Deny" or not any("*" in one for one in actions)


def test_what_roles_may_do_is_as_reviewed(
    app: Synthesized, golden: Callable[[Path, str], None]
) -> None:
    for name, stack in zip(("platform", "tenant"), app.both, strict=True):
        shown = {
            policy["Properties"]["Roles"][0]["Ref"][:-8]: [
                _line(statement)
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            ]
            for policy in stack.of("AWS::IAM::Policy").values()
        }
        golden(HERE / "golden" / f"{name}_roles.json", json.dumps(shown, indent=1) + "\n")


def _line(statement: Mapping[str, Any]) -> str:
    actions, resources = statement["Action"], statement["Resource"]
    actions = [actions] if isinstance(actions, str) else actions
    resources = resources if isinstance(resources, list) else [resources]
    where = ", ".join(_text(one) for one in resources)
    condition = {k: _plain(v) for k, v in statement.get("Condition", {}).items()}
    only = f" IF {json.dumps(condition)}" if condition else ""
    return f"{statement['Effect']} {' '.join(actions)} ON {where}{only}"


def _text(value: Any) -> str:
    """`Fn::Join` and the like as one text; logical ids without their digests."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"<{name.removeprefix('AWS::')}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name[:-8]}.{attribute}>"
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(_text(part) for part in parts)
    return json.dumps(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, dict) and not any(k in value for k in ("Fn::Join", "Ref", "Fn::GetAtt")):
        return {key: _plain(item) for key, item in value.items()}
    return _text(value)


def test_nothing_that_holds_data_goes_with_its_stack(app: Synthesized) -> None:
    for stack in app.both:
        for resource in stack.template["Resources"].values():
            if resource["Type"] in KEPT:
                assert resource["DeletionPolicy"] == "Retain", resource
                assert resource["UpdateReplacePolicy"] == "Retain", resource


def test_tables_are_encrypted_restorable_and_read_as_the_adapters_do(app: Synthesized) -> None:
    for stack in app.both:
        for table in stack.of("AWS::DynamoDB::Table").values():
            form = table["Properties"]
            assert form["SSESpecification"]["SSEType"] == "KMS"
            assert form["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
            assert form["TimeToLiveSpecification"]["Enabled"] is True
            assert form["BillingMode"] == "PAY_PER_REQUEST"
    (form,) = (t["Properties"] for t in app.platform.of("AWS::DynamoDB::Table").values())
    assert form["DeletionProtectionEnabled"] is True and "StreamSpecification" in form
    assert _keys(form) == (Row._hash_keyname, Row._range_keyname)
    indexes = {index["IndexName"]: _keys(index) for index in form["GlobalSecondaryIndexes"]}
    assert indexes == {name: _keys(_schema(index)) for name, index in Row._indexes.items()}
    ttl = Row._ttl_attribute()  # type: ignore[no-untyped-call]
    assert ttl.attr_name == form["TimeToLiveSpecification"]["AttributeName"]


def _schema(index: Any) -> Mapping[str, Any]:
    return {"KeySchema": index._get_schema()["key_schema"]}


def _keys(form: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in form["KeySchema"])


def test_buckets_are_private_encrypted_and_closed_without_tls(app: Synthesized) -> None:
    for stack in app.both:
        closed = {
            policy["Properties"]["Bucket"]["Ref"]
            for policy in stack.of("AWS::S3::BucketPolicy").values()
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false"
        }
        for name, bucket in stack.of("AWS::S3::Bucket").items():
            assert name in closed
            assert bucket["Properties"]["BucketEncryption"]
            assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
            assert "LifecycleConfiguration" in bucket["Properties"]


def test_every_log_has_an_end_and_the_key_of_its_stack(app: Synthesized) -> None:
    for stack in app.both:
        (key,) = stack.of("AWS::KMS::Key").items()
        assert key[1]["Properties"]["EnableKeyRotation"] is True
        for group in stack.of("AWS::Logs::LogGroup").values():
            assert group["Properties"]["RetentionInDays"] == 14
            assert group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key[0], "Arn"]}


def test_what_cannot_be_delivered_is_kept(app: Synthesized) -> None:
    tenant = app.tenants[0]
    ((name, queue),) = tenant.of("AWS::SQS::Queue").items()
    dead = {"Arn": {"Fn::GetAtt": [name, "Arn"]}}
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86_400
    for rule in tenant.of("AWS::Events::Rule").values():
        assert all(target["DeadLetterConfig"] == dead for target in rule["Properties"]["Targets"])
    for bus in tenant.of("AWS::Events::EventBus").values():
        assert bus["Properties"]["DeadLetterConfig"] == dead
    (policy,) = tenant.of("AWS::SQS::QueuePolicy").values()
    senders = {
        _text(statement["Condition"]["ArnEquals"]["aws:SourceArn"]).rpartition(":")[2]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert "event-bus/weft-dev-acme" in senders and len(senders) == 2


def test_people_reach_the_editor_by_tls_only(app: Synthesized) -> None:
    (found,) = app.platform.of("AWS::CloudFront::Distribution").values()
    form = found["Properties"]["DistributionConfig"]
    behaviors = [form["DefaultCacheBehavior"], *form["CacheBehaviors"]]
    assert {one["ViewerProtocolPolicy"] for one in behaviors} == {"redirect-to-https"}
    assert all(one["ResponseHeadersPolicyId"] for one in behaviors)
    policies = [
        origin["CustomOriginConfig"]["OriginProtocolPolicy"]
        for origin in form["Origins"]
        if "CustomOriginConfig" in origin
    ]
    assert policies == ["https-only"]


def test_code_of_people_has_no_right_and_no_way_out(app: Synthesized) -> None:
    statements = app.tenants[0].statements("Runnercode")
    services = {action.split(":")[0] for s in statements for action in _list(s["Action"])}
    assert services == {"ec2", "logs"}
    (denied,) = (s for s in statements if s["Effect"] == "Deny")
    assert denied["Action"] == "ec2:*" and _text(denied["Resource"]) == "*"
    (code,) = (
        f["Properties"]
        for f in app.tenants[0].of("AWS::Lambda::Function").values()
        if f["Properties"]["FunctionName"].endswith("-code")
    )
    assert code["VpcConfig"] and not any("AWS" in name for name in code["Environment"]["Variables"])
    (group,) = app.platform.of("AWS::EC2::SecurityGroup").values()
    (nothing,) = group["Properties"]["SecurityGroupEgress"]
    assert nothing["CidrIp"] == "255.255.255.255/32" and nothing["IpProtocol"] == "icmp"
    ways = ("NatGateway", "InternetGateway", "VPCEndpoint", "EC2::Route")
    kinds = {r["Type"] for r in app.platform.template["Resources"].values()}
    assert [kind for kind in kinds if kind.endswith(ways)] == []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_there_is_a_runner_for_every_group_and_no_other(app: Synthesized) -> None:
    from weft.infra.groups import groups

    functions = app.tenants[0].of("AWS::Lambda::Function").values()
    names = {f["Properties"]["FunctionName"] for f in functions}
    assert names == {f"weft-dev-acme-{group}" for group in groups()}


def test_a_tenant_is_the_same_as_any_other_and_knows_none_of_them(app: Synthesized) -> None:
    texts = [json.dumps(stack.template, sort_keys=True) for stack in app.tenants]
    assert "Fn::ImportValue" not in json.dumps(app.platform.template) + "".join(texts)
    for number, text in enumerate(texts[1:], 1):
        assert "acme" not in text and f"tenant-{number + 1}" not in text
    kinds = [
        sorted(resource["Type"] for resource in stack.template["Resources"].values())
        for stack in app.tenants
    ]
    assert all(found == kinds[0] for found in kinds)


def test_functions_call_what_exists_with_settings_that_it_understands(app: Synthesized) -> None:
    for stack in app.both:
        for function in stack.of("AWS::Lambda::Function").values():
            form = function["Properties"]
            module, _, name = form["Handler"].rpartition(".")
            assert callable(getattr(importlib.import_module(module), name))
            given = {k: _text(v) for k, v in form["Environment"]["Variables"].items()}
            if "WEFT_PROFILE" in given:
                settings = aws_settings({"AWS_REGION": "eu-west-1", **given})
                assert settings.role.endswith(":role/weft-dev-acme-machine")
                assert settings.table == "weft-dev"


def test_an_idle_tenant_costs_what_the_page_says(app: Synthesized) -> None:
    from weft.infra.idle_cost import charges, table

    page = (ROOT / "docs" / "aws-cost.md").read_text("utf-8")
    for stack in app.both:
        assert table(stack.template) in page, table(stack.template)
    found = charges(app.tenants[0].template)
    assert sum(charge.new for charge in found) <= 3
    assert sum(charge.most for charge in found if not charge.price.optional) <= 3


def test_a_domain_brings_its_certificate_and_modern_tls(tmp_path: Path, app: Synthesized) -> None:
    from weft.infra.deployment import Domain

    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/one"
    domain = Domain("weft.example.com", "Z0000001", "example.com", certificate)
    made = _synthesized(tmp_path, domain=domain).platform
    (found,) = made.of("AWS::CloudFront::Distribution").values()
    form = found["Properties"]["DistributionConfig"]
    assert form["Aliases"] == ["weft.example.com"]
    assert form["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert len(made.of("AWS::Route53::RecordSet")) == 2


def test_cfn_lint_finds_nothing(app: Synthesized) -> None:
    # W3005: the CDK names dependencies that follow from others too.
    templates = [
        str(app.folder / f"{name}.template.json") for name in ("weft-dev", "weft-dev-acme")
    ]
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [str(linter), "--ignore-checks", "W3005", "--", *templates]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
