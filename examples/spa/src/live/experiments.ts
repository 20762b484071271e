/** What can be tried out on the Live page. Each resolves with what has been seen, in a sentence or two. */
import { exchange } from './exchanges.ts'

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The access token is gone, as it is when its time has run out. */
export const useUp = () => exchange('POST', '/demo/use-up')

export async function refreshInSilence(): Promise<string> {
  await useUp()
  const { status, told } = await exchange('GET', '/me')
  return `The access token was gone. The next request was answered ${status} all the same, and brought the one of generation ${told?.generation}.`
}

export async function twentyAtOnce(): Promise<string> {
  const { told: before } = await exchange('GET', '/me')
  await useUp()
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchange('GET', '/me')))
  const good = answers.filter(({ status }) => status === 200).length
  const generations = new Set(answers.map(({ told }) => told?.generation))
  const steps = `generation ${before?.generation} → ${[...generations].join(', ')}`
  return `20 requests without an access token, ${good} answers of 200, and the session took ${generations.size === 1 ? 'one step' : `${generations.size} steps`}: ${steps}.`
}

export async function loseAnswer(): Promise<string> {
  const { told: before } = await exchange('GET', '/me')
  await useUp()
  const connection = new AbortController()
  const lost = exchange('GET', '/demo/slow?ms=2000', connection.signal)
  await wait(600)
  connection.abort()
  await lost
  await wait(600)
  const { status, told } = await exchange('GET', '/me')
  return `The server took the session from generation ${before?.generation} on, and its answer never arrived. Asked again with the old token, it answered ${status} and handed out generation ${told?.generation} once more.`
}

export async function slowAnswer(): Promise<string> {
  const slow = exchange('GET', '/demo/slow?ms=5000')
  await wait(1_500)
  await useUp()
  await wait(500)
  const { told } = await exchange('GET', '/me')
  const { status } = await slow
  return `It set out with a good access token, which was gone before the answer came; meanwhile another request took the session to generation ${told?.generation}. It was answered ${status}: what counts is the moment a request arrives.`
}

/** Ends with the sign-in page: the next request is the first to hear of it. */
export async function revokedElsewhere(): Promise<string> {
  await exchange('POST', '/demo/revoke')
  await wait(1_000)
  await exchange('GET', '/me')
  return 'The session was ended elsewhere.'
}
