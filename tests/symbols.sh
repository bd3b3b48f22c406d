#!/usr/bin/env bash
# The core of the runtime calls no clock, random, thread or I/O function: its undefined symbols are memory
# and string functions, abort, 128-bit division, and what base/ and the runtime itself define.
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build/release}
case "$BUILD" in *asan*|*tsan*) echo "skip symbols: sanitizers add symbols of their own"; exit 0 ;; esac

allowed='^(mem(cpy|move|set|cmp)|str(len|nlen|cmp|ncmp|chr|rchr|str|pbrk|spn|cspn)|qsort|abort|free|malloc|calloc|realloc|snprintf|vsnprintf|fprintf|fwrite|fputc|stderr|__stack_chk_fail|__memcpy_chk|__snprintf_chk|__assert_fail|__u?(div|mod)ti3|_GLOBAL_OFFSET_TABLE_)$'
objects=$(find "$BUILD"/runtime -name '*.o' ! -path '*/machine/futex.o')
ours=$(nm --defined-only $(find "$BUILD"/{base,format,runtime} -name '*.o') 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u)
for o in $objects; do
    for s in $(nm -u "$o" | awk '{print $NF}' | sed 's/@.*//'); do
        [[ $s =~ $allowed ]] && continue
        grep -qxF "$s" <<<"$ours" && continue
        echo "FAIL symbols: ${o#"$BUILD"/} calls $s"
        bad=1
    done
done
[ -z "$bad" ] && echo "ok symbols: $(wc -w <<<"$objects") objects"
