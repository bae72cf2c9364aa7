#!/usr/bin/env bash
# Tests of count.awk: the total of `make test` is only as honest as this.
cd "$(dirname "$0")" || exit 1
passed=0 failed=0

counts() { # EXPECTED TEXT
  local got
  got=$(printf '%b' "$2" | awk -f count.awk)
  if [ "$got" = "$1" ]; then passed=$((passed + 1)); return; fi
  failed=$((failed + 1))
  printf 'expected "%s", got "%s" from:\n%b\n' "$1" "$got" "$2"
}

counts "38 0" '     Summary [   5.123s] 38 tests run: 38 passed (1 slow), 2 skipped\n'
counts "35 4" '     Summary [   5.1s] 39 tests run: 35 passed, 2 failed, 1 exec failed, 1 timed out, 0 skipped\n'
counts "1 1" 'test result: FAILED. 0 passed; 1 failed; 0 ignored\n\033[32m  Summary\033[0m [ 1s] 2 tests run: 1 passed, 1 failed, 0 skipped\n'
counts "15 1" 'test result: ok. 12 passed; 0 failed; 0 ignored\ntest result: FAILED. 3 passed; 1 failed; 0 ignored\n'
counts "25 1" ' Test Files  1 failed | 3 passed (4)\n      Tests  1 failed | 23 passed (24)\n\033[2m      Tests \033[22m \033[1m\033[32m2 passed\033[39m\033[22m\033[90m (2)\033[39m\n'
counts "3 1" 'ℹ tests 4\nℹ pass 3\nℹ fail 1\n'
counts "7 2" '2 passed, 0 failed\nsome text: 9 passed, 9 failed\n7 passed, 2 failed\n'
counts "0 0" 'error: could not compile\n'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
