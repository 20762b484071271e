/** The header of refusals after which the client may try again. */
export const retryAfter = {
  'Retry-After': {
    description: 'Seconds after which the client may try again',
    type: 'integer',
    minimum: 1,
    examples: [5],
  },
} as const
