"""The services that moto serves: Application Auto Scaling, AWS Backup and WAF, as records."""
