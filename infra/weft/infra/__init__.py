"""The CDK app: what Weft and each tenant have on AWS."""
