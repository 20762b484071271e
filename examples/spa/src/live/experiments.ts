/** What can be tried out on the Live page. Each resolves with what has been seen, in a sentence or two. */
import { Refusal } from '../api.ts'
import { duration } from '../words.ts'
import { exchange, follow } from './exchanges.ts'
import type { Told } from './told.ts'
import { type Progress, upload } from './upload.ts'

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const NO_ANSWER = 'The service gave no answer to go by. Try again in a moment.'

/** The access token is gone, as it is when its time has run out. */
const useUp = () => exchange('POST', '/demo/use-up')

/** Asks who is signed in, and what has become of the session. */
async function ask(): Promise<Told & { readonly status: number }> {
  const { told, status } = await exchange('GET', '/me')
  if (told === undefined || status === undefined) {
    throw new Refusal(NO_ANSWER)
  }
  return { ...told, status }
}

export async function refreshInSilence(): Promise<string> {
  await useUp()
  const { status, generation } = await ask()
  return `The access token was gone. The next request was answered ${status} all the same, and brought the one of generation ${generation}.`
}

export async function twentyAtOnce(): Promise<string> {
  const before = await ask()
  await useUp()
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchange('GET', '/me')))
  const good = answers.filter(({ status }) => status === 200).length
  // A browser sends so many at a time, and the rest with what the first of them have brought.
  const refreshed = answers.filter(({ told }) => told?.what === 'refreshed').length
  const generations = [...new Set(answers.flatMap(({ told }) => told?.generation ?? []))]
  const steps = generations.length === 1 ? 'one step' : `${generations.length} steps`
  return `20 requests, ${good} answers of 200. ${refreshed} came without an access token, and the session took ${steps}: generation ${before.generation} → ${generations.join(', ')}.`
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
  if (leftMs > LONG_MS) {
    return `The access token lives for another ${duration(leftMs)}, which is long to wait for. Start the service with npm run demo: then it lives ten seconds.`
  }
  const path = `/demo/upload?ms=${Math.ceil(leftMs + 3_000)}`
  const uploading = follow(`POST ${path}`, () =>
    upload(path, new Blob([new Uint8Array(UPLOADED_BYTES)]), progress),
  )
  await Promise.race([wait(leftMs + 1_000), uploading])
  const { generation } = await ask()
  const { status, startedAt, endedAt = startedAt } = await uploading
  if (status === undefined) throw new Refusal('The upload was cut off. Try again in a moment.')
  return `The upload took ${duration(endedAt - startedAt)}. Its access token ran out on the way, and another request took the session to generation ${generation}. It was answered ${status} all the same: what counts is the moment a request arrives.`
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
  return `The server took the session from generation ${before.generation} on, and its answer never arrived. Asked again with the old token, it answered ${status} and handed out generation ${generation} once more.`
}

/** Ends with the sign-in page: the next request is the first to hear of it. */
export async function revokedElsewhere(): Promise<string> {
  const { status } = await exchange('POST', '/demo/revoke')
  if (status !== 204) throw new Refusal(NO_ANSWER)
  await wait(1_000)
  await exchange('GET', '/me')
  return 'The session was ended elsewhere.'
}
