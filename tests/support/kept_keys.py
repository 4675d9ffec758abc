"""What keeps keys outside of files, run for tests: a SoftHSM token, a keyring, a key service."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PIN = "4711-secret-pin"
PASSPHRASE = b"correct horse battery staple"
TOKEN = "nordbolt"
MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/softhsm/libsofthsm.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
)
# A key service: signs standard input with the key that its first argument names.
SERVICE = """
import base64, sys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
with open(sys.argv[1], "rb") as file:
    key = load_pem_private_key(file.read(), None)
message = sys.stdin.buffer.read()
if isinstance(key, ec.EllipticCurvePrivateKey):
    signature = key.sign(message, ec.ECDSA(SHA256()))
    if sys.argv[2] == "high":  # r and s, and of the two values of s the one that we do not take
        r, s = decode_dss_signature(signature)
        n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        signature = r.to_bytes(32, "big") + max(s, n - s).to_bytes(32, "big")
else:
    signature = key.sign(message)
form = sys.argv[2]
sys.stdout.buffer.write(base64.encodebytes(signature) if form == "base64" else signature)
"""


def module() -> Path:
    """Find SoftHSM, by the name that a process loads it under, or skip by name."""
    found = next((each.resolve() for each in MODULES if each.exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed")
    return found


@contextmanager
def token(folder: Path) -> Iterator[str]:
    """Make a token named TOKEN with PIN; give the path of its module."""
    library = str(module())
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN]
        command += ["--pin", PIN, "--so-pin", "8765-4321"]
        subprocess.run(command, check=True, capture_output=True)
        import pkcs11

        from openquality.keeping.token import forget_sessions

        stack.callback(pkcs11.unload, library)
        stack.callback(forget_sessions)
        yield library


@contextmanager
def keyring(folder: Path) -> Iterator[None]:
    """Run a Secret Service on a bus of its own, unlocked, and let `keyring` find it."""
    for name in ("dbus-daemon", "gnome-keyring-daemon"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
    import keyring.core
    from keyring.backends import SecretService

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # Sockets stand there, whose paths may have 107 bytes; those of tests are longer.
        short = stack.enter_context(TemporaryDirectory(prefix="oq-", ignore_cleanup_errors=True))
        patch.setenv("XDG_RUNTIME_DIR", short)
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder))
        bus = stack.enter_context(
            _running(["dbus-daemon", "--session", "--nofork", "--print-address=1"])
        )
        assert bus.stdout is not None
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().decode().strip())
        daemon = stack.enter_context(
            _running(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"])
        )
        assert daemon.stdin is not None
        daemon.stdin.write(b"login password")
        daemon.stdin.close()
        _await_secrets()
        # The library finds its backends once in a process; before this, there was none.
        patch.setattr(keyring.core, "_keyring_backend", SecretService.Keyring())
        yield


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _await_secrets() -> None:
    import jeepney
    from jeepney.io.blocking import open_dbus_connection

    bus = jeepney.DBusAddress("/", "org.freedesktop.DBus", "org.freedesktop.DBus")
    asked = jeepney.new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",))
    with open_dbus_connection() as connection:
        for _ in range(1200):  # a minute, on a busy machine
            if connection.send_and_get_reply(asked).body == (True,):
                return
            time.sleep(0.05)
    raise TimeoutError("the keyring did not start")


def service(folder: Path, key_file: Path, form: str = "base64") -> tuple[str, ...]:
    """Write the key service's program, and return the command that asks it."""
    path = folder / "service.py"
    path.write_text(SERVICE)
    return (os.fspath(sys.executable), "-I", "-W", "ignore", str(path), str(key_file), form)
