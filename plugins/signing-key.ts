import fp from 'fastify-plugin'
import { takeUpSigningKey } from '../src/keys/signing-key.ts'

/** A change of SECRET_KEY is an event. */
export default fp(
  async (app) => {
    const [{ kid }] = app.keys.accessToken
    app.addHook('onReady', () => takeUpSigningKey(kid, app))
  },
  { name: 'signing-key', dependencies: ['env', 'clock', 'database', 'events'] },
)
