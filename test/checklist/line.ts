import type { Test } from 'tap'
import type { Service } from './service.ts'

/** How strictly a source asks: a level of the ASVS, or the word that a standard uses. */
export type Demand = 'L1' | 'L2' | 'L3' | 'MUST' | 'SHOULD' | 'MAY'

interface Asked {
  /** Where in its source it is asked for, such as `V7.2.4` or `3.1`; the part in brackets tells halves apart. */
  readonly at: string
  readonly demand: Demand
  /** What is asked for, in our own words. */
  readonly says: string
}

/** What this service does about it. Only what has a test can pass. */
type Verdict =
  | {
      /** A sentence saying what the test has seen: its name. */
      readonly passes: string
      readonly test: (t: Test, service: Service) => Promise<void>
      /** Looks into the pages with a browser, and is skipped by name where none is installed. */
      readonly needs?: 'browser'
    }
  | { readonly notApplicable: string }
  | { readonly notYet: string }

export type Line = Asked & Verdict

/** Lines that one document asks for. */
export interface Source {
  /** Names the source in titles: `ASVS 5.0`. */
  readonly name: string
  /** Its heading in docs/checklist.md. */
  readonly title: string
  readonly lines: readonly Line[]
}

export const titleOf = ({ name }: Source, line: Line): string =>
  'passes' in line ? `${name} ${line.at}: ${line.passes}` : `${name} ${line.at}`
