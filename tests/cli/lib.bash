# For the scripts here: a transcript that does not depend on where the kit lies.
kit=$PWD

# t LINE: shows the shell line, everything it prints and, unless it is 0, its exit status.
t() {
    printf '$ %s\n' "$*"
    local out status
    out=$(eval "$*" 2>&1)
    status=$?
    [ -z "$out" ] || printf '%s\n' "$out" | sed "s#$kit#KIT#g"
    [ $status -eq 0 ] || echo "=> $status"
    echo
}

# mend FILE SED-COMMAND...: edits a file in place.
mend() {
    local file=$1
    shift
    sed "$@" "$file" >"$file.mended" && mv "$file.mended" "$file"
}
