"""The ports on AWS: DynamoDB, S3, KMS, Secrets Manager, Step Functions."""
