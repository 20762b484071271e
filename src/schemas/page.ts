import Type from 'typebox'

const MOST_ON_A_PAGE = 100
const USUAL_ON_A_PAGE = 50

/** What every list takes. Numbers in a query are text, and nothing is converted. */
export const pageQuery = {
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|100)$',
      description: `1 to ${MOST_ON_A_PAGE}; ${USUAL_ON_A_PAGE} when left out`,
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 128, description: 'nextCursor of the page before' })),
}

export const NextCursorSchema = Type.Union([Type.String(), Type.Null()], {
  description: 'For the next page; null on the last one',
})

export const limitOf = ({ limit = String(USUAL_ON_A_PAGE) }: { readonly limit?: string }): number =>
  Number(limit)
