import Type from '../typebox.ts'
import { orNull } from './nullable.ts'

const MAX_PAGE_SIZE = 100
const DEFAULT_PAGE_SIZE = 50

/** The query of every list. A number in a query is text, and the validator converts nothing. */
export const pageQuery = {
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|100)$',
      description: `Entries on the page: 1 to ${MAX_PAGE_SIZE}, by default ${DEFAULT_PAGE_SIZE}`,
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 128, description: 'nextCursor of the page before' })),
}

export const NextCursorSchema = orNull(Type.String(), {
  description: 'The cursor of the next page, or null on the last page',
})

export const limitOf = ({ limit = String(DEFAULT_PAGE_SIZE) }: { readonly limit?: string }): number =>
  Number(limit)
