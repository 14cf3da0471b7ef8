"""The systemd units of the service. Not tried on a Raspberry Pi or a Jetson."""

from collections.abc import Sequence

CONFIG_FOLDER = "/etc/edgecv"
USER = "edgecv"

SYSUSERS = f"""\
# edgecv: the service's user, who may use cameras, graphics and serial ports
u {USER} - "edgecv appliance" /var/lib/edgecv
m {USER} video
m {USER} render
m {USER} dialout
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

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
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
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

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

REBOOT_SERVICE = """\
[Unit]
Description=Restart the box because edgecv could not recover

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl reboot
"""


def service(command: Sequence[str]) -> str:
    """The one appliance of a box; `command` is what runs it, without its configuration."""
    return _fill(command, of_instance="", config="edgecv", runtime="edgecv")


def instance(command: Sequence[str]) -> str:
    """Another camera: `edgecv@NAME` with /etc/edgecv/NAME.toml."""
    return _fill(command, of_instance=" (%i)", config="%i", runtime="edgecv-%i")


def _fill(command: Sequence[str], **names: str) -> str:
    line = " ".join(_quoted(word) for word in command)
    return _SERVICE.format(command=line, user=USER, config_folder=CONFIG_FOLDER, **names)


def _quoted(word: str) -> str:
    """As systemd reads it (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if " " in word or '"' in word else escaped
