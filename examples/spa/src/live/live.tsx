import { useEffect, useRef, useState } from 'preact/hooks'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { texts, words } from '../texts/current.ts'
import { Chart } from './chart.tsx'
import { useNow } from './clock.ts'
import { exchange, onExchange } from './exchanges.ts'
import * as experiments from './experiments.ts'
import { Log } from './log.tsx'
import { Ring } from './ring.tsx'
import { EMPTY, type Life, record, type Timeline } from './timeline.ts'
import type { Progress } from './upload.ts'

const { live } = texts

const EVERY_MS = 2_000
/** Longer than a user wants to watch a ring. */
const LONG_MS = 60_000

interface Trial {
  readonly text: { readonly name: string; readonly about: string }
  readonly run: (progress: Progress) => Promise<string>
}

const TRIALS: readonly Trial[] = [
  { text: live.useUp, run: experiments.refreshInSilence },
  { text: live.twenty, run: experiments.twentyAtOnce },
  { text: live.upload, run: experiments.uploadSlowly },
  { text: live.lose, run: experiments.loseAnswer },
  { text: live.revoke, run: experiments.revokedElsewhere },
]

const code = (text: string) => <code>{text}</code>

/** Requests and silent refreshes as they happen. */
export function Live() {
  const [timeline, setTimeline] = useState<Timeline>(EMPTY)
  const [asking, setAsking] = useState(true)
  const trial = useAction((run: Trial['run']) => run(setSent))
  const [tried, setTried] = useState<string>()
  const [sent, setSent] = useState<number>()
  const trying = useRef(false)
  trying.current = trial.busy

  function tryOut({ text, run }: Trial): void {
    if (trial.busy) return
    setTried(text.name)
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
      <Heading title={live.title}>{live.title}</Heading>
      <p class="lead">{live.lead}</p>
      {silent && <p class="note">{live.silent(code)}</p>}
      {life && life.lifeMs > LONG_MS && <p class="note">{live.long(words.duration(life.lifeMs), code)}</p>}
      <Moving timeline={timeline} life={life} silent={silent} />
      {!silent && (
        <section aria-labelledby="try">
          <h2 id="try">{live.try}</h2>
          <ul class="trials">
            {TRIALS.map((one) => {
              const { name, about } = one.text
              return (
                <li key={name}>
                  <button type="button" onClick={() => tryOut(one)} aria-disabled={trial.busy}>
                    {name}
                    {tried === name && trial.busy && <span class="busy" aria-hidden="true" />}
                  </button>
                  <span class="soft">{about}</span>
                  {tried === name && trial.busy && sent !== undefined && (
                    <progress aria-label={live.uploaded} value={sent} />
                  )}
                  {tried === name && <Outcome action={trial} />}
                </li>
              )
            })}
            <li>
              <button type="button" onClick={() => open(location.href, '_blank')}>
                {live.secondTab}
              </button>
              <span class="soft">{live.secondTabAbout}</span>
            </li>
          </ul>
        </section>
      )}
      <section aria-labelledby="requests">
        <div class="between">
          <h2 id="requests">{live.requests}</h2>
          <label class="check">
            <input type="checkbox" checked={asking} onChange={() => setAsking(!asking)} /> {live.ask}
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
