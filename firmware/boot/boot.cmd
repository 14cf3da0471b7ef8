# U-Boot's script, the same on a Raspberry Pi and in QEMU: chooses the slot to start from.
# BOOT_ORDER (best first) and the tries that each slot has left are kept in the partition
# "bootstate", guarded by a checksum; Linux knows them by fw_printenv and fw_setenv, RAUC too. A start
# takes one try away, and a slot that proves good gets its tries back: one that does not is left after
# three. Where neither has a try left, the one that last proved good (BOOT_GOOD) is started all the same,
# and is told so. What is kept is kept twice, the second time by this script alone: a plug that is pulled
# while one is written does no harm to the other.

setenv state_size 0x4000
setenv state_blocks 0x20
setenv state_at ${ramdisk_addr_r}
setenv state_names "BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT BOOT_GOOD"
part start ${devtype} ${devnum} bootstate state_start
setexpr second_start 0x${state_start} + 0x40
${devtype} dev ${devnum}
setenv load_state '${devtype} read ${state_at} 0x${state_from} ${state_blocks} && env import -c ${state_at} ${state_size} ${state_names}'
setenv save_state '${devtype} write ${state_at} 0x${state_start} ${state_blocks} && ${devtype} write ${state_at} 0x${second_start} ${state_blocks}'

setenv state_from ${state_start}
if run load_state; then
  true
else
  setenv state_from ${second_start}
  if run load_state; then
    echo "edgecv: the state of the slots is damaged, its copy is taken"
  else
    echo "edgecv: no state of the slots, beginning anew"
  fi
fi
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3
test -n "${BOOT_GOOD}" || setenv BOOT_GOOD A

setenv slot
for name in "${BOOT_ORDER}"; do
  if test -n "${slot}"; then
    true
  elif test "x${name}" = "xA"; then
    if test ${BOOT_A_LEFT} -gt 0; then
      setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
      setenv slot A
    fi
  elif test "x${name}" = "xB"; then
    if test ${BOOT_B_LEFT} -gt 0; then
      setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
      setenv slot B
    fi
  fi
done
setenv last_resort
if test -z "${slot}"; then
  setenv last_resort edgecv.last_resort
  setenv slot ${BOOT_GOOD}
  echo "edgecv: no slot has a try left, ${slot} was good last"
fi
env export -c -s ${state_size} ${state_at} ${state_names}
run save_state
echo "edgecv: slot ${slot}, order ${BOOT_ORDER}, tries left A ${BOOT_A_LEFT} B ${BOOT_B_LEFT}"

# What the firmware of a Raspberry Pi has to say to the kernel stands in the device tree.
setenv firmware_args
if test -n "${fdt_addr}"; then
  fdt addr ${fdt_addr} && fdt get value firmware_args /chosen bootargs
fi
# What else the kernel of this machine is to be told, where somebody has put it on the boot partition.
setenv machine_args
if test -e ${devtype} ${devnum}:1 machine.env; then
  load ${devtype} ${devnum}:1 ${state_at} machine.env && env import -t ${state_at} ${filesize} machine_args
fi

setenv part_A root_a
setenv part_B root_b
setenv start_slot 'setenv slot_part ${part_A}; test ${slot} = A || setenv slot_part ${part_B}; setenv bootargs "${firmware_args} root=PARTLABEL=${slot_part} ro panic=10 rauc.slot=${slot} ${last_resort} ${machine_args}"; part number ${devtype} ${devnum} ${slot_part} root_number; load ${devtype} ${devnum}:${root_number} ${kernel_addr_r} /boot/vmlinuz && load ${devtype} ${devnum}:${root_number} ${ramdisk_addr_r} /boot/initrd && booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}; echo "edgecv: slot ${slot} does not start"'

run start_slot
if test -n "${last_resort}"; then
  if test ${slot} = A; then
    setenv slot B
  else
    setenv slot A
  fi
  run start_slot
  echo "edgecv: neither slot can be started: this card has to be flashed anew"
  sleep 60
fi
reset
