"""The systemd units of the service. Not tried on a Raspberry Pi or a Jetson."""

from collections.abc import Sequence

CONFIG_FOLDER = "/etc/edgecv"
USER = "edgecv"
ARGUS_PATH_NAME = "edgecv-nvargus.path"
ARGUS_FOLDER = "nvargus-edgecv"
"""Under /run, on a Jetson: one for all instances, as the daemon is one. A name that stands behind
those of the instances: they take the first of their run-time folders for their own."""
ARGUS_REQUEST = "restart"
"""In that folder: its being there is the request."""

SYSUSERS = f"""\
# edgecv: the service's user, who may use cameras, graphics and serial ports
u {USER} - "edgecv appliance" /var/lib/edgecv
m {USER} video
m {USER} render
m {USER} dialout
"""

_SANDBOX = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateIPC=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""

_SERVICE = """\
[Unit]
Description=edgecv counts exercise repetitions{of_instance}
Documentation=https://www.home-assistant.io/integrations/mqtt/
After=network.target
# Our own budget of restarts keeps us from a crash loop, and goes on in degraded mode.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
User={user}
Group={user}
ExecStart={command} --config {config_folder}/{config}.toml
Restart=always
RestartSec=2
# Wrong usage or configuration: nothing changes until somebody has corrected it.
RestartPreventExitStatus=2
WatchdogSec=30
# Python writes where every thread is when it gets this.
WatchdogSignal=SIGABRT
TimeoutStartSec=90
TimeoutStopSec=10
# What is counted there has to outlive a restart of the service, and not one of the box.
RuntimeDirectory={runtime}
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
StateDirectory=edgecv
StateDirectoryMode=0750
UMask=0027
Environment=PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1
SyslogIdentifier=edgecv
OOMScoreAdjust=-200
TasksMax=256

{sandbox}CapabilityBoundingSet=
AmbientCapabilities=
DevicePolicy=closed
DeviceAllow=char-video4linux rw
DeviceAllow=char-media rw
DeviceAllow=char-dma_heap rw
DeviceAllow=char-drm rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttyS rw
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RemoveIPC=yes
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
"""

REBOOT_PATH = """\
[Unit]
Description=edgecv asks for a restart of the box

[Path]
PathExists=/run/edgecv/reboot

[Install]
WantedBy=multi-user.target
"""

# All that they need is to speak to systemd, as root.
_ONLY_ASKS = f"""
{_SANDBOX}PrivateNetwork=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_UNIX
"""

REBOOT_SERVICE = f"""\
[Unit]
Description=Restart the box because edgecv could not recover

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl reboot

CapabilityBoundingSet=CAP_SYS_BOOT{_ONLY_ASKS}"""

_JETSON = """\
# What a Jetson's GPU and its camera on the ribbon cable need besides edgecv's own unit; written by
# edgecv service install, which is to be repeated after an upgrade of JetPack.
[Unit]
After=nvargus-daemon.service

[Service]
RuntimeDirectory={requests}
# nvargus-daemon listens on /tmp/argus_socket, and makes it anew at each start. So /tmp is the box's
# own, and ProtectSystem would not let it be written to.
PrivateTmp=no
ReadWritePaths=/tmp
# Builds of ONNX Runtime for the GPU may ask for memory that is both written and run, and are not
# loaded without (NixOS/nixpkgs, pull request 402111).
MemoryDenyWriteExecute=no
# Loading CUDA and TensorRT; while an engine is built, edgecv asks for more by itself.
TimeoutStartSec=180
# CUDA and TensorRT start threads of their own.
TasksMax=1024
DeviceAllow=char-ttyTHS rw
{devices}"""

ARGUS_PATH = f"""\
[Unit]
Description=edgecv asks for nvargus-daemon to be restarted

[Path]
PathExists=/run/{ARGUS_FOLDER}/{ARGUS_REQUEST}

[Install]
WantedBy=multi-user.target
"""

# The request is taken away first: as long as it is there, the path unit starts this again.
ARGUS_SERVICE = f"""\
[Unit]
Description=Restart nvargus-daemon because edgecv gets no pictures

[Service]
Type=oneshot
ExecStart=/usr/bin/rm -f /run/{ARGUS_FOLDER}/{ARGUS_REQUEST}
ExecStart=/usr/bin/systemctl restart nvargus-daemon.service

CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE
ReadWritePaths=-/run/{ARGUS_FOLDER}{_ONLY_ASKS}"""


def jetson(devices: Sequence[str]) -> str:
    """A drop-in for the service on a Jetson; `devices` are those that its GPU is used by."""
    allowed = "".join(f"DeviceAllow={device} rw\n" for device in devices)
    return _JETSON.format(requests=ARGUS_FOLDER, devices=allowed)


def service(command: Sequence[str]) -> str:
    """The one appliance of a box; `command` is what runs it, without its configuration."""
    return _fill(command, of_instance="", config="edgecv", runtime="edgecv")


def instance(command: Sequence[str]) -> str:
    """Another camera: `edgecv@NAME` with /etc/edgecv/NAME.toml."""
    return _fill(command, of_instance=" (%i)", config="%i", runtime="edgecv-%i")


def _fill(command: Sequence[str], **names: str) -> str:
    line = " ".join(_quoted(word) for word in command)
    return _SERVICE.format(
        command=line, user=USER, config_folder=CONFIG_FOLDER, sandbox=_SANDBOX, **names
    )


def _quoted(word: str) -> str:
    """As systemd reads it (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if " " in word or '"' in word else escaped
