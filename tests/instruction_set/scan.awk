# SPDX-License-Identifier: GPL-2.0-or-later
# Reads `objdump -d -w -M intel --no-show-raw-insn`, passes on only what is not plain i486, and counts.
# -v native="mnemonic ..." : mnemonics to drop. Output, tab-separated:
#   I SECTION SYMBOL SYMBOL-ADDRESS ADDRESS TEXT [FOLLOWING; FOLLOWING; ...]     one instruction
#   N COUNT                                                                      instructions in all, at the end
# The instructions that follow are only given for tzcnt, the one instruction that cannot be judged alone.

function flush() {
  if (pending != "") print pending "\t" following
  pending = ""
}

BEGIN {
  FS = "\t"
  number = split(native, list, " ")
  for (i = 1; i <= number; i++) plain[list[i]] = 1
}

/^Disassembly of section / {
  flush()
  section = substr($0, 24, length($0) - 24)
  symbol = ""
  start = ""
  next
}

NF == 1 && /^[0-9a-f]+ <.*>:$/ {
  space = index($0, " ")
  start = substr($0, 1, space - 1)
  symbol = substr($0, space + 2, length($0) - space - 3)
  next
}

NF < 2 || $1 !~ /:$/ { next }

{
  count++
  if (pending != "") {
    following = following == "" ? $2 : following "; " $2
    if (--wanted == 0) flush()
  }
  space = index($2, " ")
  mnemonic = space ? substr($2, 1, space - 1) : $2
  if (mnemonic in plain) {
    if (mnemonic == "mov") {
      if (index($2, "cr") == 0) next
      if ($2 !~ /cr[4-9]/) next
    } else if (mnemonic != "nop" || space == 0) next
  }
  address = $1
  sub(/^ */, "", address)
  sub(/:$/, "", address)
  record = "I\t" section "\t" symbol "\t" start "\t" address "\t" $2
  if (mnemonic == "tzcnt") {
    flush()
    pending = record
    following = ""
    wanted = 4
  } else print record
}

END {
  flush()
  print "N\t" count + 0
}
