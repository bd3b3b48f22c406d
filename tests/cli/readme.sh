#!/usr/bin/env bash
# The documents tell the truth. In README.md, `console` blocks are played in order in a fresh kit and must
# print what stands there (`...` is any number of lines), and `diff` blocks are applied to the exercise that
# the last command named. Every other ./tracelab command of the documents must run as it is written.
. "$(dirname "$0")/lib.bash"

# Does the text in file $1 match the lines of file $2? A pattern line `...` matches any lines.
matches() {
    awk -v want="$2" '
        BEGIN { while ((getline line < want) > 0) pattern[++n] = line }
        { text[++m] = $0 }
        function fits(i, j) {
            while (i <= n && pattern[i] != "...") {
                if (j > m || pattern[i++] != text[j++])
                    return 0
            }
            if (i > n)
                return j > m
            for (; j <= m + 1; j++)
                if (fits(i + 1, j))
                    return 1
            return 0
        }
        END { exit !fits(1, 1) }' "$1"
}

play_command() { # $1: command, $2: file with what it must print
    eval "$1" >"$kit/.found" 2>&1 </dev/null
    if matches "$kit/.found" "$2"; then
        echo "ok $1"
    else
        echo "DIFFERS $1"
        diff -u --label README.md --label printed "$2" "$kit/.found"
    fi
}

apply_diff() { # $1: file to edit, $2: file with the block
    awk -v block="$2" '
        BEGIN {
            while ((getline line < block) > 0) {
                body = substr(line, 2) "\n"
                if (line !~ /^\+/) old = old body
                if (line !~ /^-/) new = new body
            }
        }
        { text = text $0 "\n" }
        END {
            at = index(text, old)
            if (!at) exit 1
            printf "%s%s%s", substr(text, 1, at - 1), new, substr(text, at + length(old))
        }' "$1" >"$kit/.edited" && mv "$kit/.edited" "$1" && echo "ok edit" || echo "DIFFERS edit of $1"
}

play_block() { # $1: its kind, $2: file
    if [ "$1" = diff ]; then
        apply_diff "exercises/$lab/workload.yaml" "$2"
        return
    fi
    local command="" line
    while IFS= read -r line; do
        case $line in
        '$ '*)
            [ -z "$command" ] || play_command "$command" "$kit/.wanted"
            command=${line#\$ }
            : >"$kit/.wanted"
            for word in $command; do [ -d "exercises/$word" ] && lab=$word; done
            ;;
        *) printf '%s\n' "$line" >>"$kit/.wanted" ;;
        esac
    done <"$2"
    play_command "$command" "$kit/.wanted"
}

kind=""
while IFS= read -r line; do
    case "$kind:$line" in
    ':```console' | ':```diff') kind=${line#\`\`\`} && : >"$kit/.block" ;;
    ':'*) ;;
    *':```')
        play_block "$kind" "$kit/.block"
        kind=""
        ;;
    *) printf '%s\n' "$line" >>"$kit/.block" ;;
    esac
done <README.md

# Commands of the documents: those in code blocks and `./tracelab ...` within the text, comments cut off, none
# that has a NAME to fill in. They are run in the order in which they stand.
commands_of() {
    awk '
        /^ *```/ { console = /```(console|diff)/ && !inside; inside = !inside; next }
        inside && !console && /^ *\.\/tracelab / { sub(/^ */, ""); sub(/ +#.*/, ""); print; next }
        !inside {
            while (match($0, /`\.\/tracelab [^`]*`/)) {
                print substr($0, RSTART + 1, RLENGTH - 2)
                $0 = substr($0, RSTART + RLENGTH)
            }
        }' "$1" | grep -vE ' \[?[A-Z]|report$'
}

./tracelab run missing-ctx -o my.trace >/dev/null # somebody's own
for document in README.md CURRICULUM.md exercises/*/README.md; do
    commands_of "$document" | while IFS= read -r command; do
        eval "$command" >/dev/null 2>&1 </dev/null
        printf '%s: %s => %s\n' "$document" "$command" $?
    done
done
