"""What the environment of a stack must say."""

import pytest

from weft.bootstrap.settings import load_settings
from weft.domain.errors import Invalid

WHOLE = {
    "WEFT_PROFILE": "aws",
    "AWS_REGION": "eu-west-1",
    "WEFT_AWS_TABLE": "weft",
    "WEFT_AWS_BUCKET": "weft-data",
    "WEFT_AWS_KEY": "alias/weft",
    "WEFT_AWS_MACHINE_ROLE": "arn:aws-cn:iam::000000000000:role/machines",
}


def test_without_a_profile_nothing_is_asked_of_aws() -> None:
    settings = load_settings({"AWS_REGION": "eu-west-1"})
    assert (settings.profile, settings.aws) == ("embedded", None)


def test_a_stack_is_told_by_its_names() -> None:
    arn = "arn:aws-cn:lambda:cn-north-1:000000000000:function:net"
    given = {**WHOLE, "WEFT_AWS_PREFIX": "/dev/", "WEFT_AWS_RUNNERS": f"net={arn}, ai={arn}"}
    aws = load_settings(given).aws
    assert aws is not None
    assert (aws.region, aws.table, aws.bucket, aws.key) == (
        "eu-west-1", "weft", "weft-data", "alias/weft",
    )  # fmt: skip
    assert (aws.prefix, aws.root, aws.partition) == ("dev/", "weft/root", "aws-cn")
    assert aws.runners == {"net": arn, "ai": arn}
    assert aws.connections == {}


@pytest.mark.parametrize("variable", [name for name in WHOLE if name != "WEFT_PROFILE"])
def test_what_is_missing_is_named(variable: str) -> None:
    with pytest.raises(Invalid, match=variable):
        load_settings({name: value for name, value in WHOLE.items() if name != variable})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("WEFT_PROFILE", "cloud"),
        ("WEFT_AWS_MACHINE_ROLE", "machines"),
        ("WEFT_AWS_RUNNERS", "net"),
        ("WEFT_AWS_CONNECTIONS", "id=not-an-arn"),
    ],
)
def test_what_makes_no_sense_is_named(variable: str, text: str) -> None:
    with pytest.raises(Invalid, match=variable):
        load_settings({**WHOLE, variable: text})
