/** What can be tried out on the Live page. Each resolves with what has been seen, in a sentence or two. */
import { Refusal } from '../api.ts'
import { texts, words } from '../texts/current.ts'
import { exchange, follow } from './exchanges.ts'
import type { Told } from './told.ts'
import { type Progress, upload } from './upload.ts'

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const { live } = texts

const noAnswer = () => new Refusal(live.noAnswer, { code: 'NO_ANSWER' })

/** The access token is gone, as it is when its time has run out. */
const useUp = () => exchange('POST', '/demo/use-up')

/** Asks who is signed in, and what has become of the session. */
async function ask(): Promise<Told & { readonly status: number }> {
  const { told, status } = await exchange('GET', '/me')
  if (told === undefined || status === undefined) throw noAnswer()
  return { ...told, status }
}

export async function refreshInSilence(): Promise<string> {
  await useUp()
  const { status, generation } = await ask()
  return live.useUp.done(status, generation)
}

export async function twentyAtOnce(): Promise<string> {
  const before = await ask()
  await useUp()
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchange('GET', '/me')))
  const good = answers.filter(({ status }) => status === 200).length
  // A browser sends so many at a time, and the rest with what the first of them have brought.
  const refreshed = answers.filter(({ told }) => told?.what === 'refreshed').length
  const generations = [...new Set(answers.flatMap(({ told }) => told?.generation ?? []))]
  return live.twenty.done(good, refreshed, before.generation, generations)
}

const UPLOADED_BYTES = 32_000_000
/** Longer than a user wants to wait. */
const LONG_MS = 30_000

/** Less than it may take until an upload is under way. */
const SHORT_MS = 2_000

export async function uploadSlowly(progress: Progress): Promise<string> {
  let { leftMs } = await ask()
  if (leftMs < SHORT_MS) {
    await useUp()
    leftMs = (await ask()).leftMs
  }
  if (leftMs > LONG_MS) return live.upload.long(words.duration(leftMs))
  const path = `/demo/upload?ms=${Math.ceil(leftMs + 3_000)}`
  const uploading = follow(`POST ${path}`, () =>
    upload(path, new Blob([new Uint8Array(UPLOADED_BYTES)]), progress),
  )
  await Promise.race([wait(leftMs + 1_000), uploading])
  const { generation } = await ask()
  const { status, startedAt, endedAt = startedAt } = await uploading
  if (status === undefined) throw new Refusal(live.upload.cut, { code: 'CUT_OFF' })
  return live.upload.done(words.duration(endedAt - startedAt), generation, status)
}

export async function loseAnswer(): Promise<string> {
  const before = await ask()
  await useUp()
  const connection = new AbortController()
  const lost = exchange('GET', '/demo/slow?ms=2000', connection.signal)
  await wait(600)
  connection.abort()
  await lost
  await wait(600)
  const { status, generation } = await ask()
  return live.lose.done(before.generation, status, generation)
}

/** Ends with the sign-in page: the next request is the first to hear of it. */
export async function revokedElsewhere(): Promise<string> {
  const { status } = await exchange('POST', '/demo/revoke')
  if (status !== 204) throw noAnswer()
  await wait(1_000)
  await exchange('GET', '/me')
  return live.revoke.done
}
