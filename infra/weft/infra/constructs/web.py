"""The editor on CloudFront, with the API under the same name, so that no origin is a stranger."""

from typing import Any

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from weft.infra.constructs.acknowledged import acknowledge
from weft.infra.constructs.bucket import bucket
from weft.infra.deployment import Domain

# What the API answers itself; everything else is a file of the editor.
_OF_THE_API = ("/api/*", "/hooks/*", "/sign-in*")
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class Web(Construct):
    """`distribution`; the files are copied into `files` when the editor is released."""

    def __init__(self, scope: Construct, api: gateway.HttpApi, domain: Domain | None) -> None:
        super().__init__(scope, "Web")
        logs = bucket(
            self,
            "Logs",
            s3.LifecycleRule(id="old", expiration=Duration.days(90)),
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,  # CloudFront's way
        )
        self.files = bucket(
            self, "Files", server_access_logs_bucket=logs, server_access_logs_prefix="files/"
        )
        common = {
            "viewer_protocol_policy": cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            "response_headers_policy": self._headers(),
        }
        to_api = cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(
                f"{api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}",
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            ),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            **common,
        )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.files),
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                **common,
            ),
            additional_behaviors=dict.fromkeys(_OF_THE_API, to_api),
            default_root_object="index.html",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            log_bucket=logs,
            log_file_prefix="web/",
            **self._named(domain),
        )
        self.distribution.apply_removal_policy(RemovalPolicy.DESTROY)
        reasons = {
            "AwsSolutions-CFR1": "open to every country; a web ACL closes some",
            "AwsSolutions-CFR2": "a web ACL costs from 5 dollars a month; the API limits rates and "
            "proves callers itself. Add one where the environment asks for it",
        }
        if domain is None:
            reasons["AwsSolutions-CFR4"] = (
                "CloudFront's own certificate takes no minimum version; with a domain in the "
                "context it is TLS 1.2"
            )
        acknowledge(self.distribution, reasons)
        if domain is not None:
            self._alias(domain)

    def _named(self, domain: Domain | None) -> dict[str, Any]:
        if domain is None:
            return {}
        certificate = certificates.Certificate.from_certificate_arn(
            self, "Certificate", domain.certificate_arn
        )
        return {
            "domain_names": [domain.name],
            "certificate": certificate,
            # Without a certificate of one's own there is no choice.
            "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        }

    def _alias(self, domain: Domain) -> None:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
        )
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
        route53.ARecord(self, "Ipv4", zone=zone, record_name=domain.name, target=target)
        route53.AaaaRecord(self, "Ipv6", zone=zone, record_name=domain.name, target=target)

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=_POLICY, override=False
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365),
                    include_subdomains=True,
                    override=True,
                ),
            ),
        )
