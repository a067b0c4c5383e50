"""The Pulumi release that is fetched when there is no CLI on PATH, pinned by checksum."""

import platform

# Releases are listed at https://github.com/pulumi/pulumi/releases; the archives also lie at the
# address below. The checksums are those that Nix packages of this release pin for the same
# addresses, which independent repositories agree on (nixpkgs: pkgs/by-name/pu/pulumi-bin/data.nix;
# written there in Nix's base 32).
VERSION = "3.261.0"
SITE = "https://get.pulumi.com/releases/sdk"
SHA256 = {
    "linux-x64": "39bc0d2427e22ead6039fad7a7337c2fdc53a68b737ccc52dc897d244aaa8853",
    "linux-arm64": "631ab5c09455016087846c1142761cd16b2f1900dd71904a0c21193601f6fb0c",
    "darwin-x64": "36b0f48824983e3d17690cb462d4ff044a4e9a180b8ac6a4a282879342b6d395",
    "darwin-arm64": "6cf9054b00de8c48599af6a6e3deaaf65bd0ca92447396912d05f2fa899e9fce",
}
# The oldest CLI that this project has been run with.
OLDEST = (3, 200, 0)

_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def this_platform() -> str:
    """This machine as the release names it, such as `linux-x64`; other words when unknown."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{_PROCESSORS.get(machine, machine)}"


def archive_name(system: str) -> str:
    """File of the release for one platform."""
    return f"pulumi-v{VERSION}-{system}.tar.gz"


def version_numbers(text: str) -> tuple[int, ...]:
    """`v3.200.0-beta` as (3, 200, 0); empty when it is no version."""
    parts = text.strip().removeprefix("v").partition("-")[0].split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()
