#!/usr/bin/env bash
# What a reviewer should not have to say: format, spelling, forbidden calls, self-contained headers,
# a first line that says what a file is for, shell scripts.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
bad=0

complain() {
    echo "$1"
    bad=1
}

mapfile -t sources < <(git ls-files -- 'src/*.c' 'src/*.h' 'include/*.h' 'tests/*.c' 'tests/*.h' 'bench/*.c')
clang-format --dry-run --Werror "${sources[@]}" || complain "run clang-format -i on these files"

for header in include/readalike/*.h; do
    echo "#include \"readalike/${header##*/}\"" |
        cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -x c -fsyntax-only - ||
        complain "$header does not compile alone"
done

# Calls that have a safer sibling, whoever makes them.
banned='\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|system|popen|alloca|tmpnam)\s*\('
git grep -nP "$banned" -- 'src/*.c' 'src/*.h' include && complain "banned calls, see above"

while read -r file; do
    head -n 1 "$file" | grep -q '^/\*' || complain "$file does not begin with what it is for"
done < <(git ls-files -- 'src/*.c')
git grep -nP '\b(TODO|FIXME|XXX)\b' -- src include web migrations && complain "unfinished business, see above"

git ls-files -z -- '*.sh' .ci/run | xargs -0 shellcheck -x || complain "shellcheck, see above"
git ls-files -z -- '*.md' 'src/*.c' 'src/*.h' 'include/*.h' 'web/*.js' 'web/*.html' 'scripts/*' \
    ':!src/app/demo' | xargs -0 codespell --quiet-level=2 --ignore-words=config/codespell-ignore.txt ||
    complain "codespell, see above"

exit $bad
