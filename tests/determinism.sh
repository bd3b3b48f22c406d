#!/usr/bin/env bash
# The same seed gives the same bytes: twice in a row, in another folder with an empty environment, with
# another address layout, and from another compiler with another optimisation level.
cd "$(dirname "$0")/.." || exit 1
root=$PWD
TRACELAB=${TRACELAB:-$root/tracelab}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

same() { # $1: what, $2 and $3: files
    if cmp -s "$2" "$3"; then echo "ok same bytes: $1"; else
        echo "FAIL same bytes: $1"
        cmp "$2" "$3" 2>&1 | sed 's/^/  /'
    fi
}

for lab in scenarios/*/scenario.yaml; do
    lab=$(basename "$(dirname "$lab")")
    for mode in "" --adversarial; do
        "$TRACELAB" run "$lab" --seed 7 $mode -o "$work/a.trace" >/dev/null
        "$TRACELAB" run "$lab" --seed 7 $mode -o "$work/b.trace" >/dev/null
        same "$lab $mode twice" "$work/a.trace" "$work/b.trace"
        (cd / && env -i TRACELAB_HOME="$root" LC_ALL=C TZ=Asia/Tokyo X="$(head -c 5000 /dev/zero | tr '\0' x)" \
            "$TRACELAB" run "$lab" --seed 7 $mode -o "$work/c.trace" >/dev/null)
        same "$lab $mode in another environment" "$work/a.trace" "$work/c.trace"
        if command -v setarch >/dev/null 2>&1 && setarch -R true 2>/dev/null; then
            setarch -R "$TRACELAB" run "$lab" --seed 7 $mode -o "$work/d.trace" >/dev/null
            same "$lab $mode without address randomisation" "$work/a.trace" "$work/d.trace"
        fi
    done
    "$TRACELAB" run "$lab" --seed 7 -o "$work/$lab.trace" >/dev/null
done

case "${BUILD:-}" in *asan*) exit 0 ;; esac
# Two builds that differ in everything; DETERMINISM=full makes all of them.
others=("gcc -O0" "clang -O3")
[ "${DETERMINISM:-}" = full ] &&
    others+=("gcc -O3" "clang -O0" "gcc -O3 -mfma -mavx2" "aarch64-linux-gnu-gcc -O2 -static")
for other in "${others[@]}"; do
    set -- $other
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "skip same bytes: $other is not here"
        continue
    fi
    compiler=$1
    shift
    dir=build/same-$compiler$(echo "$*" | tr -d ' ')
    if [[ $* = *mfma* ]] && ! grep -qw fma /proc/cpuinfo; then
        echo "skip same bytes: this CPU has no fused multiply-add"
        continue
    fi
    emulator=""
    if [[ $compiler = aarch64* ]]; then
        emulator=qemu-aarch64
        if ! command -v qemu-aarch64 >/dev/null 2>&1 ||
            ! echo 'int main(void) { return 0; }' |
                "$compiler" -x c - -static -o "$work/probe" -lyaml -lz 2>/dev/null; then
            echo "skip same bytes: arm64 needs qemu-aarch64, and libyaml and zlib for arm64"
            continue
        fi
    fi
    make -s -j2 BUILD="$dir" CC="$compiler" CFLAGS="$*" "$dir/tracelab" >"$work/log" 2>&1 || {
        echo "FAIL same bytes: $other does not build"
        tail -5 "$work/log" | sed 's/^/  /'
        continue
    }
    for lab in scenarios/*/scenario.yaml; do
        lab=$(basename "$(dirname "$lab")")
        $emulator "$dir/tracelab" run "$lab" --seed 7 -o "$work/o.trace" >/dev/null
        same "$lab by $other" "$work/$lab.trace" "$work/o.trace"
    done
done
