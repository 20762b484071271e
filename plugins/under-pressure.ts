import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'

const MAX_DELAY_MS = 1_000
const RETRY_AFTER_SECONDS = 5
const WARM_UP_MS = 2_000

/** Answers 503 at once while the event loop is so late that other responses would time out. */
export default fp(
  async (app) => {
    // If the application has the plugin, it protects these routes as well.
    if (app.hasPlugin('@fastify/under-pressure')) return
    // Loading the service blocks the event loop, so the first sample says nothing about load.
    let isWarm = false
    app.addHook('onListen', async () => {
      setTimeout(() => {
        isWarm = true
      }, WARM_UP_MS).unref()
    })

    await app.register(underPressure, {
      maxEventLoopDelay: MAX_DELAY_MS,
      pressureHandler() {
        if (isWarm) throw new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      },
    })
  },
  { name: 'under-pressure' },
)
