# Reads the output of a test runner and prints "PASSED FAILED". Knows the totals of cargo nextest,
# cargo test, vitest, node --test, and the plain "N passed, N failed" of our own runners.

function number_before(word,    at) {
  return match($0, "[0-9]+ " word) ? substr($0, RSTART, RLENGTH) + 0 : 0
}

{ gsub(/\033\[[0-9;]*m/, "") }

# cargo nextest. It shows the inner totals of failing tests, so nothing else counts beside its summary.
/^ *Summary \[/ {
  nextest = 1
  nextest_passed += number_before("passed")
  nextest_failed += number_before("failed") + number_before("timed out") + number_before("exec failed")
}
/^test result:/ || /^ *Tests  +[0-9]/ {
  passed += number_before("passed")
  failed += number_before("failed")
}
/^(ℹ|#) pass [0-9]+$/ { passed += $3 }
/^(ℹ|#) fail [0-9]+$/ { failed += $3 }
# Our runners may print a line for each part; the last one is the total.
/^[0-9]+ passed, [0-9]+ failed$/ { own_passed = $1; own_failed = $3 }

END {
  if (nextest) print nextest_passed, nextest_failed
  else print passed + own_passed, failed + own_failed
}
