import type { Pointer } from './tests.ts'

/**
 * How strictly a source asks: a level of the ASVS, or the word of the standard. `advice` is a line
 * without such a word.
 */
export type Demand = 'L1' | 'L2' | 'L3' | 'MUST' | 'SHOULD' | 'MAY' | 'advice'

interface Asked {
  /** The place in the source, such as `V7.2.4` or `3.1`. The part in brackets tells halves apart. */
  readonly at: string
  readonly demand: Demand
  /** The demand of the source, in our own words. */
  readonly says: string
}

/** What the service does about it. docs/not-yet.md has the rows that are missing here. */
type Verdict =
  | {
      /** What the tests prove. */
      readonly passes: string
      readonly tests: readonly [Pointer, ...Pointer[]]
    }
  | {
      /** What the document says, where a document alone is asked for. */
      readonly documented: string
      /** Path from the root of the repository. */
      readonly document: string
    }
  | { readonly notApplicable: string }

export type Row = Asked & Verdict

/** The rows of one document. */
export interface Source {
  /** The name of the document, such as `ASVS 5.0`. */
  readonly name: string
  /** Its heading in docs/checklist.md. */
  readonly title: string
  readonly rows: readonly Row[]
}
