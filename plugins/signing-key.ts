import fp from 'fastify-plugin'
import { recordSigningKey } from '../src/keys/signing-key.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** A change of SECRET_KEY is an event. */
export default fp(
  async (app) => {
    const { keys, store, clock, events } = internalsOf(app)
    const [{ kid }] = keys.accessToken
    app.addHook('onReady', () => recordSigningKey(kid, { store, clock, events, log: app.log }))
  },
  { name: 'signing-key', dependencies: ['env', 'clock', 'database', 'events'] },
)
