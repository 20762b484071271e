import fp from 'fastify-plugin'
import { createKeyPairs, type KeyPairs } from '../src/keys/key-pairs.ts'
import { READ_EVERY_MS } from '../src/keys/key-schedule.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Empty with HS256, unless another algorithm was used before. */
    keyPairs: KeyPairs
  }
}

/** Opens the key pairs, and reads them again every few seconds. */
export default fp(
  async (app) => {
    const { config, keys, store, clock, events } = internalsOf(app)
    const { accessTokenAlgorithm: algorithm, keyRotationSeconds, accessTtlSeconds } = config
    const keyPairs = createKeyPairs({
      ...{ store, clock, events, log: app.log, sealingKeys: keys.keyPairs },
      ...{ algorithm, keyRotationSeconds, accessTtlSeconds },
    })
    await keyPairs.open()
    provide(app, { keyPairs })
    if (algorithm === 'HS256') return

    const timer = setInterval(() => {
      keyPairs.refresh().catch((error) => app.log.error({ err: error }, 'The key pairs could not be read'))
    }, READ_EVERY_MS)
    timer.unref()
    app.addHook('onClose', async () => clearInterval(timer))
  },
  { name: 'key-pairs', dependencies: ['env', 'clock', 'database', 'events'] },
)
