#!/usr/bin/env bash
# Reads the hardening flags back from the binary: PIE, full RELRO, no executable stack, stack
# canaries, fortified calls, control-flow protection.
set -uo pipefail
binary=${1:?usage: check_hardening.sh BINARY}
bad=0

want() { # want WHAT PATTERN TEXT
    if grep -qE "$2" <<<"$3"; then
        echo "yes  $1"
    else
        echo "NO   $1"
        bad=1
    fi
}

header=$(readelf -hW "$binary")
segments=$(readelf -lW "$binary")
dynamic=$(readelf -dW "$binary")
symbols=$(readelf -sW --dyn-syms "$binary")
code=$(objdump -d --no-show-raw-insn "$binary")

want "position-independent" 'Type:.*DYN' "$header"
want "relocations read-only" 'GNU_RELRO' "$segments"
want "bound at start" 'BIND_NOW|FLAGS.*NOW' "$dynamic"
want "stack not executable" 'GNU_STACK.* RW ' "$segments"
want "stack canaries" '__stack_chk_fail' "$symbols"
want "fortified calls" '_chk@' "$symbols"
want "control-flow protection" endbr64 "$code"
exit $bad
