"""Settings of the server and of what stands before it."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from app.config.setting import Section, setting, switch, whole_number

HOST_NAME = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"
# What browsers' lists of HTTPS-only sites ask for [hstspreload.org], and what many sites send.
YEAR_SECONDS = 365 * 24 * 3600


class Server(Section):
    """The server."""

    # A container's network is its own; on a person's machine only that machine should answer.
    host: str = setting(
        "0.0.0.0",  # noqa: S104 - see above
        "Address that `web` listens on",
        allowed="an address to listen on",
        example="127.0.0.1",
        pattern=r"^[0-9a-fA-F.:]{2,45}$",
    )
    port: int = whole_number(8000, "Port that `web` listens on", 1, 65535)
    threads: int = whole_number(
        8, "What is done at once: requests in `web`, jobs in `worker`", 1, 64
    )
    # Longer than the balancer keeps an idle connection (60 s), else it reuses a closed one.
    keep_alive: int = whole_number(
        75, "How long an idle connection stays open", 1, 4000, unit="seconds"
    )
    # What the platform grants between SIGTERM and SIGKILL; Fargate allows 120 at most.
    stop_timeout: int = whole_number(
        30, "Time from SIGTERM to SIGKILL, within which the process ends", 2, 120, unit="seconds"
    )


class Edge(Section):
    """Before the server: balancer, host names, HTTPS."""

    trusted_proxies: int = setting(
        0,
        "Proxies before `web` whose `X-Forwarded-For` and `-Proto` are believed",
        allowed="0 (none) or 1 (behind the balancer)",
        example="0",
        ge=0,
        le=1,
    )
    domain: str | None = setting(
        None,
        "The site's own host name; without one every name is answered",
        allowed="a host name in lower case",
        example="polls.example.org",
        pattern=HOST_NAME,
        max_length=253,
    )
    domain_aliases: str = setting(
        "",
        "Further host names, which redirect to `DOMAIN`; others get 421",
        allowed="host names in lower case, separated by commas",
        example="www.example.org,example.org",
        pattern=r"^[a-z0-9.,\- ]*$",
    )
    secure_ssl_redirect: bool = setting(
        False,
        "Redirect HTTP to HTTPS",
        allowed="false, or true with TRUSTED_PROXIES=1",
        example="false",
    )
    secure_hsts_seconds: int = whole_number(
        YEAR_SECONDS,
        "How long browsers are told to use HTTPS alone (sent over HTTPS only; 0: not sent)",
        0,
        2 * YEAR_SECONDS,
        unit="seconds",
    )
    session_cookie_secure: bool = switch(
        default=True, meaning="Send cookies over HTTPS only; false where there is none"
    )

    @field_validator("secure_ssl_redirect")
    @classmethod
    def _seen_by_proxy(cls, redirect: bool, others: ValidationInfo) -> bool:
        """Refuse a redirect that would never end: without a proxy every request looks plain."""
        if redirect and others.data.get("trusted_proxies") == 0:
            raise ValueError("nobody tells of HTTPS")
        return redirect

    @property
    def host_names(self) -> frozenset[str]:
        """The names that requests may be for; empty when any will do."""
        if self.domain is None:
            return frozenset()
        aliases = self.domain_aliases.replace(",", " ").split()
        return frozenset({self.domain, *aliases})
