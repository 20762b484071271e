import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'

const LONGEST_DELAY_MS = 1_000
const RETRY_AFTER_SECONDS = 5

class Overloaded extends AuthError {
  constructor() {
    super('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
  }
}

/** Answers 503 at once while the event loop is so late that everything else would time out. */
export default fp(
  async (app) => {
    await app.register(underPressure, {
      maxEventLoopDelay: LONGEST_DELAY_MS,
      retryAfter: RETRY_AFTER_SECONDS,
      customError: Overloaded,
    })
  },
  { name: 'under-pressure' },
)
