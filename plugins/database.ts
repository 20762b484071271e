import fp from 'fastify-plugin'
import { openStore } from '../src/db/open-store.ts'
import { pruneAll } from '../src/db/prune.ts'
import type { Store } from '../src/store/store.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    store: Store
  }
}

const PRUNE_EVERY_MS = 60 * 60_000

export default fp(
  async (app) => {
    const { config, clock, measure } = internalsOf(app)
    const opened = await openStore(config)
    // The feed is read at every request, and `close` and `watchChanges` run once: none is measured.
    const { changedSessions: _feed, watchChanges: _watch, close: _end, ...operations } = opened
    const store = measure('store', opened, Object.keys(operations) as (keyof typeof operations)[])
    provide(app, { store })

    const prune = () => {
      pruneAll(store, clock.now(), config).catch((error) =>
        app.log.error({ err: error }, 'Could not delete expired rows'),
      )
    }
    const timer = setInterval(prune, PRUNE_EVERY_MS)
    timer.unref()

    app.addHook('onClose', async () => {
      clearInterval(timer)
      await store.close()
    })
  },
  { name: 'database', dependencies: ['env', 'clock', 'metrics'] },
)
