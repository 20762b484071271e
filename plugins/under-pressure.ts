import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'

const LONGEST_DELAY_MS = 1_000
const RETRY_AFTER_SECONDS = 5
const WARM_UP_MS = 2_000

/** Answers 503 at once while the event loop is so late that everything else would time out. */
export default fp(
  async (app) => {
    // An application that has it protects these routes as well.
    if (app.hasPlugin('@fastify/under-pressure')) return
    // Loading the service blocks the loop for as long as it takes: the first sample tells nothing about load.
    let warm = false
    app.addHook('onListen', async () => {
      setTimeout(() => {
        warm = true
      }, WARM_UP_MS).unref()
    })

    await app.register(underPressure, {
      maxEventLoopDelay: LONGEST_DELAY_MS,
      pressureHandler() {
        if (warm) throw new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      },
    })
  },
  { name: 'under-pressure' },
)
