/** The result of a test file. */
export type Outcome = 'passed' | 'failed' | 'crashed' | 'timed out'

/**
 * Reads the TAP of a test file. `failed` takes an assertion that did not hold. A test that threw,
 * or that did not start, has `crashed`: it might have noticed no more than that the source cannot
 * be run.
 */
export function outcomeOf(tap: string, status: number | null): Outcome {
  if (status === 0) return 'passed'
  return failures(tap).some(isAssertion) ? 'failed' : 'crashed'
}

/** The line of each failure, with the diagnostics below it. */
const failures = (tap: string): string[] =>
  tap.split(/^(?= *(?:not )?ok \d)/m).filter((line) => /^ *not ok/.test(line))

function isAssertion(failure: string): boolean {
  // A test that contains a failure fails as well. Its line ends with a time.
  const isWholeTest = /^.* # time=/.test(failure)
  // A property of fast-check that does not hold is thrown, and is an assertion all the same.
  const isThrown = /^ *tapCaught: /m.test(failure) && !/^ *not ok \d+ - Property failed /.test(failure)
  const isTimeout = /^ *expired: /m.test(failure)
  return !isWholeTest && !isThrown && !isTimeout
}
