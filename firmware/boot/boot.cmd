# U-Boot's script, the same on a Raspberry Pi and in QEMU: chooses the slot to start from.
# BOOT_ORDER (best first) and the tries that each slot has left are kept in the partition
# "bootstate", guarded by a checksum; Linux knows them by fw_printenv and fw_setenv. A start takes one
# try away, and a slot that proves good gets its tries back: one that does not is left after three.

setenv state_size 0x4000
setenv state_blocks 0x20
setenv state_at ${ramdisk_addr_r}
setenv state_names "BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT"
part start ${devtype} ${devnum} bootstate state_start
${devtype} dev ${devnum}
setenv load_state '${devtype} read ${state_at} 0x${state_start} ${state_blocks} && env import -c ${state_at} ${state_size} ${state_names}'
setenv save_state 'env export -c -s ${state_size} ${state_at} ${state_names} && ${devtype} write ${state_at} 0x${state_start} ${state_blocks}'

run load_state || echo "edgecv: no state of the slots, beginning anew"
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3

setenv slot
for name in "${BOOT_ORDER}"; do
  if test -n "${slot}"; then
    true
  elif test "x${name}" = "xA"; then
    if test ${BOOT_A_LEFT} -gt 0; then
      setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
      setenv slot A
      setenv slot_part root_a
    fi
  elif test "x${name}" = "xB"; then
    if test ${BOOT_B_LEFT} -gt 0; then
      setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
      setenv slot B
      setenv slot_part root_b
    fi
  fi
done
if test -z "${slot}"; then
  echo "edgecv: no slot has a try left, beginning anew"
  setenv BOOT_ORDER "A B"
  setenv BOOT_A_LEFT 3
  setenv BOOT_B_LEFT 3
  run save_state
  reset
fi
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
setenv bootargs "${firmware_args} root=PARTLABEL=${slot_part} ro panic=10 rauc.slot=${slot} ${machine_args}"
part number ${devtype} ${devnum} ${slot_part} root_number
if load ${devtype} ${devnum}:${root_number} ${kernel_addr_r} /boot/vmlinuz; then
  if load ${devtype} ${devnum}:${root_number} ${ramdisk_addr_r} /boot/initrd; then
    booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}
  fi
fi
echo "edgecv: slot ${slot} does not start"
reset
