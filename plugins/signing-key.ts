import fp from 'fastify-plugin'
import { recordSigningKey } from '../src/keys/signing-key.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** Records a change of SECRET_KEY as an event. */
export default fp(
  async (app) => {
    const { keys, store, clock, events } = internalsOf(app)
    const [{ kid }] = keys.accessToken
    app.addHook('onReady', () => recordSigningKey(kid, { store, clock, events, log: app.log }))
  },
  { name: 'signing-key', dependencies: ['env', 'clock', 'database', 'events'] },
)
