/** A wrong version of one source file, and the tests that notice it. */
export interface Mutant {
  /** Subject and error, such as "refresh token: accepts any MAC". */
  readonly name: string
  /** From the root of the repository, as are the tests. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly from: string
  readonly to: string
  /** The first that fails kills the mutant. */
  readonly tests: readonly string[]
}

type Change = Pick<Mutant, 'name' | 'from' | 'to'> & Partial<Pick<Mutant, 'tests'>>

/** The mutants of one file. They are killed by `tests`, unless they name others. */
export const mutantsOf = (file: string, tests: readonly string[], changes: readonly Change[]): Mutant[] =>
  changes.map((change) => ({ file, tests, ...change }))

/**
 * The source with the mutation. Throws an error that says why, if the mutant does not apply to this
 * source.
 */
export function mutate({ file, from, to }: Mutant, source: string): string {
  const occurrences = source.split(from).length - 1
  if (occurrences !== 1) throw new Error(`${file} contains ${occurrences} times, instead of once: ${from}`)
  if (from === to) throw new Error(`the mutation of ${file} changes nothing: ${from}`)
  // A function, because a text would be searched for `$&` and the like.
  return source.replace(from, () => to)
}
