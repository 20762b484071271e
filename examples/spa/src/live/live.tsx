import { useEffect, useRef, useState } from 'preact/hooks'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { duration } from '../words.ts'
import { Chart } from './chart.tsx'
import { useNow } from './clock.ts'
import { exchange, onExchange } from './exchanges.ts'
import * as experiments from './experiments.ts'
import { Log } from './log.tsx'
import { Ring } from './ring.tsx'
import { EMPTY, type Life, record, type Timeline } from './timeline.ts'
import type { Progress } from './upload.ts'

const EVERY_MS = 2_000
/** Longer than a user wants to watch a ring. */
const LONG_MS = 60_000

type Trial = readonly [name: string, about: string, run: (progress: Progress) => Promise<string>]

const TRIALS: readonly Trial[] = [
  ['Use up the access token', 'As if its time had run out. Then one request.', experiments.refreshInSilence],
  [
    'Twenty requests at once',
    'The access token is gone, and all show the same refresh token.',
    experiments.twentyAtOnce,
  ],
  ['Upload slowly', 'For longer than the access token lives.', experiments.uploadSlowly],
  ['Lose an answer', 'The server refreshes, but the new cookies never arrive.', experiments.loseAnswer],
  ['Revoke it elsewhere', 'As if another device had signed this one out.', experiments.revokedElsewhere],
]

/** Requests and silent refreshes as they happen. */
export function Live() {
  const [timeline, setTimeline] = useState<Timeline>(EMPTY)
  const [asking, setAsking] = useState(true)
  const trial = useAction((run: Trial[2]) => run(setSent))
  const [tried, setTried] = useState<string>()
  const [sent, setSent] = useState<number>()
  const trying = useRef(false)
  trying.current = trial.busy

  function tryOut([name, , run]: Trial): void {
    if (trial.busy) return
    setTried(name)
    setSent(undefined)
    void trial.run(run)
  }

  useEffect(() => onExchange((one) => setTimeline((before) => record(before, one))), [])
  useEffect(() => {
    if (!asking) return
    const ask = (): void => {
      // Nothing else happens while something is tried out, and nothing in a hidden page.
      if (!trying.current && document.visibilityState === 'visible') void exchange('GET', '/me')
    }
    ask()
    const timer = setInterval(ask, EVERY_MS)
    return () => clearInterval(timer)
  }, [asking])

  const life = timeline.lives.at(-1)
  const silent = life === undefined && timeline.exchanges.some(({ status }) => status === 200)
  return (
    <>
      <Heading title="Live">Live</Heading>
      <p class="lead">
        A request goes out every two seconds. When the access token has run out, the server refreshes the
        session in the middle of the next one. This page does nothing for it.
      </p>
      {silent && (
        <p class="note">
          This service does not tell pages about its tokens, as it should be in production. Start one for
          yourself with <code>npm run demo</code> and watch them here.
        </p>
      )}
      {life && life.lifeMs > LONG_MS && (
        <p class="note">
          Access tokens live {duration(life.lifeMs)} here, which is long to watch. Use one up with the first
          button, or start the service with <code>npm run demo</code>: then they live ten seconds.
        </p>
      )}
      <Moving timeline={timeline} life={life} silent={silent} />
      {!silent && (
        <section aria-labelledby="try">
          <h2 id="try">Try to lose the session</h2>
          <ul class="trials">
            {TRIALS.map((one) => {
              const [name, about] = one
              return (
                <li key={name}>
                  <button type="button" onClick={() => tryOut(one)} aria-disabled={trial.busy}>
                    {name}
                    {tried === name && trial.busy && <span class="busy" aria-hidden="true" />}
                  </button>
                  <span class="soft">{about}</span>
                  {tried === name && trial.busy && sent !== undefined && (
                    <progress aria-label="Uploaded" value={sent} />
                  )}
                  {tried === name && <Outcome action={trial} />}
                </li>
              )
            })}
            <li>
              <button type="button" onClick={() => open(location.href, '_blank')}>
                Open a second tab
              </button>
              <span class="soft">Both use the same cookies. Each shows what the other does.</span>
            </li>
          </ul>
        </section>
      )}
      <section aria-labelledby="requests">
        <div class="between">
          <h2 id="requests">Requests</h2>
          <label class="check">
            <input type="checkbox" checked={asking} onChange={() => setAsking(!asking)} /> Ask every two
            seconds
          </label>
        </div>
        <Log exchanges={timeline.exchanges} />
      </section>
    </>
  )
}

interface MovingProps {
  readonly timeline: Timeline
  readonly life: Life | undefined
  readonly silent: boolean
}

/** What is drawn anew with each frame. */
function Moving({ timeline, life, silent }: MovingProps) {
  const now = useNow()
  return (
    <div class="moving">
      {!silent && <Ring life={life} now={now} />}
      <Chart timeline={timeline} now={now} />
    </div>
  )
}
